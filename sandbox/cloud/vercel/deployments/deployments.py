"""Deployments: created from a git reference or from uploaded files, with the environment of that moment.

They can be read, canceled and deleted. The document's `env` maps each variable to its value; the API shows only the
names. Nothing is built, so the build options (`projectSettings`, `build`, `functions`, `routes`, `regions`,
`gitMetadata`, `forceNew`) have no effect. A deployment of uploaded files has no git reference.
"""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.deployments import builds, deployment_events, deployment_lists, production, uploads
from sandbox.cloud.vercel.environment import environment
from sandbox.cloud.vercel.protocol import (
    DEPLOYMENTS,
    ApiError,
    Call,
    bad_request,
    find_project,
    find_team,
    new_id,
    not_found,
    route,
)
from sandbox.state import Context, Document

_FIELDS: dict[str, type] = {
    **dict.fromkeys(("name", "project", "target", "deploymentId", "customEnvironmentSlugOrId"), str),
    **dict.fromkeys(("gitSource", "projectSettings", "meta", "env", "build", "gitMetadata", "functions"), dict),
    **dict.fromkeys(("files", "regions", "routes"), list),
    **dict.fromkeys(("withLatestCommit", "forceNew", "public", "autoAssignCustomDomains"), bool),
    **dict.fromkeys(("source", "version"), object),
}


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that create, read, list, cancel and delete deployments, upload files and read events."""
    one = "/deployments/{deployment}"
    return [
        *route(context, "12 13", "/deployments", post=_create),
        *route(context, "12", "/now/deployments", post=_create),
        *route(context, "2", "/files", post=uploads.upload),
        *route(context, "6 7", "/deployments", get=deployment_lists.listed),
        *route(context, "3", "/now/deployments", get=deployment_lists.listed),
        *route(context, "3", f"/now{one}/events", get=deployment_events.listed),
        *route(context, "bare", f"/now{one}", delete=_delete),
        *route(context, "11", f"{one}/builds", get=_builds),
        *route(context, "13", one, get=_get, delete=_delete),
        *route(context, "12", f"{one}/cancel", patch=_cancel),
        *route(context, "3", f"{one}/events", get=deployment_events.listed),
    ]


def _create(call: Call) -> Document:
    wanted, owner = call.object(_FIELDS), call.owner()
    source = _redeployed(call, wanted)
    named = wanted.get("project") or (source["projectId"] if source else wanted.get("name")) or ""
    project = find_project(call.store, str(named), owner)
    if project is None:
        raise not_found("Project")
    target = wanted.get("target") or None
    if target not in (None, "production", "staging"):
        raise bad_request("Invalid request: `target` should be equal to one of the allowed values: production, staging")
    if wanted.get("customEnvironmentSlugOrId"):
        raise bad_request("The project has no custom environment of this slug or id.")
    git = _redeployed_source(source, wanted) if source else _source(call, project, wanted)
    now, user, team = call.now(), call.user(), find_team(call.store, owner)
    suffix = team["slug"] if team else user["username"]
    deployment: Document = {
        "id": new_id("dpl_"),
        "name": project["name"],
        "projectId": project["id"],
        "project_id": project["id"],
        "ownerId": owner,
        "url": f"{project['name']}-{new_id('', 9).lower()}-{suffix}.vercel.app",
        "target": target,
        "readyState": "QUEUED",
        "status": "QUEUED",
        "alias": [],
        "aliasAssigned": False,
        "aliasError": None,
        "createdAt": now,
        "creator": {"uid": user["id"], "username": user["username"]},
        "team": {"id": team["id"], "slug": team["slug"], "name": team["name"]} if team else None,
        **({"gitSource": git, "source": "git"} if git else {"source": "cli"}),
        "meta": _commit(git) | (wanted.get("meta") or {}),
        "regions": project["resourceConfig"]["functionDefaultRegions"],
        "version": 2,
        "type": "LAMBDAS",
        "public": False,
        "env": _environment(call, project, target, git["ref"] if git else None) | (wanted.get("env") or {}),
    }
    call.store.put(DEPLOYMENTS, deployment["id"], deployment)
    return builds.shown(deployment)


def _redeployed(call: Call, wanted: Document) -> Document | None:
    """Return the earlier deployment that the request redeploys, if any."""
    if not (id_ := wanted.get("deploymentId")):
        return None
    source = call.store.get(DEPLOYMENTS, id_)
    if source is None or source["ownerId"] != call.owner():
        raise not_found("Deployment")
    return source


def _redeployed_source(source: Document, wanted: Document) -> Document | None:
    """Return the same commit, or the current head of its branch; None if the deployment was created from files."""
    if "gitSource" not in source:
        return None
    dropped = ("sha",) if wanted.get("withLatestCommit") else ()
    return {key: value for key, value in source["gitSource"].items() if key not in dropped}


def _source(call: Call, project: Document, wanted: Document) -> Document | None:
    """Return the git reference of a deployment; None if its files were uploaded. Raises ApiError."""
    if wanted.get("files") and not wanted.get("gitSource"):
        uploads.require(call, wanted["files"])
        return None
    return _git_source(project, wanted)


def _git_source(project: Document, wanted: Document) -> Document:
    source, link = wanted.get("gitSource"), project["link"]
    if not source or not isinstance(source.get("ref"), str) or not source["ref"]:
        raise bad_request("Invalid request: missing required property `gitSource`. (And there are no `files`.)")
    if wanted.get("files"):
        raise bad_request("Invalid request: `gitSource` cannot be used in combination with `files`.")
    if link is None:
        raise ApiError(400, "incorrect_git_source_info", "The project has no linked git repository.")
    for key in ("type", "org", "repo", "repoId"):
        if str(source.get(key, link[key])) != str(link[key]):
            name = f"{link['org']}/{link['repo']}"
            raise ApiError(400, "incorrect_git_source_info", f"The project is linked to another repository: {name}.")
    if not isinstance(source.get("sha", ""), str):
        raise bad_request("Invalid request: `gitSource.sha` should be string.")
    commit = {"sha": source["sha"]} if source.get("sha") else {}
    return {key: link[key] for key in ("type", "org", "repo", "repoId")} | {"ref": source["ref"], **commit}


def _commit(git: Document | None) -> dict[str, str]:
    """Return the commit's metadata for a deployment; the sha is known only if the caller gave it."""
    if git is None:
        return {}
    return {"githubCommitRef": git["ref"]} | ({"githubCommitSha": git["sha"]} if "sha" in git else {})


def _environment(call: Call, project: Document, target: str | None, branch: str | None) -> dict[str, str]:
    """Return the current values for the deployment's target and branch; a branch-specific value takes precedence."""
    kind = "production" if target == "production" else "preview"
    system = {"VERCEL": "1", "VERCEL_ENV": kind} | ({"VERCEL_GIT_COMMIT_REF": branch} if branch else {})
    values = system if project["autoExposeSystemEnvs"] else {}
    fitting = [one for one in environment.of_project(call, project) if kind in one["target"]]
    for variable in sorted(fitting, key=lambda one: one["gitBranch"] is not None):
        if variable["gitBranch"] in (None, branch):
            values = values | {variable["key"]: variable["value"]}
    return values


def _get(call: Call) -> Document:
    return builds.shown(builds.looked_at(call, builds.deployment_of(call)))


def _cancel(call: Call) -> Document:
    return builds.shown(builds.canceled(call, builds.deployment_of(call)))


def _delete(call: Call) -> Document:
    deployment = builds.deployment_of(call)
    call.store.delete(DEPLOYMENTS, deployment["id"])
    project = call.store.get("vercel.projects", deployment["projectId"])
    if project and production.current(project) == deployment["id"]:
        call.store.put("vercel.projects", project["id"], project | {"targets": {}, "live": False})
    return {"uid": deployment["id"], "state": "DELETED"}


def _builds(call: Call) -> Document:
    """Return the builders that ran for the deployment: none in the sandbox."""
    builds.deployment_of(call)
    return {"builds": []}
