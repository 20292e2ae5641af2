"""Deployments: made from a git reference, with the environment of that moment; built while they are watched.

A deployment is QUEUED when made, BUILDING at the first look and READY at the second (or a while later, whoever looks).
A production deployment that is ready takes over the project's domains: `targets.production` of the project names it.
The document's `env` maps each variable to its value; the API shows the names alone.
"""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.context import Context
from sandbox.cloud.store import Document
from sandbox.cloud.vercel import environment
from sandbox.cloud.vercel.call import Call, find_project, find_team, new_id, page, project_of, public, route
from sandbox.cloud.vercel.errors import ApiError, bad_request, not_found

COLLECTION = "vercel.deployments"
_FIELDS: dict[str, type] = {
    **dict.fromkeys(("name", "project", "target", "deploymentId", "customEnvironmentSlugOrId"), str),
    **dict.fromkeys(("gitSource", "projectSettings", "meta", "env", "build", "gitMetadata", "functions"), dict),
    **dict.fromkeys(("files", "regions", "routes"), list),
    **dict.fromkeys(("withLatestCommit", "forceNew", "public"), bool),
}
_BUILD_MILLISECONDS = 60_000
"""After this time a deployment is ready even if nobody watched it."""


def routes(context: Context) -> list[BaseRoute]:
    """Create, watch, list, delete, promote."""
    return [
        *route(context, "12 13", "/deployments", post=_create),
        *route(context, "12", "/now/deployments", post=_create),
        *route(context, "13", "/deployments/{deployment}", get=_get, delete=_delete),
        *route(context, "6 7", "/deployments", get=_list),
        *route(context, "10", "/projects/{project}/promote/{deployment}", post=_promote),
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
    git = source["gitSource"] if source else _git_source(project, wanted)
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
        "gitSource": git,
        "meta": {"githubCommitRef": git["ref"], **(wanted.get("meta") or {})},
        "regions": project["resourceConfig"]["functionDefaultRegions"],
        "version": 2,
        "type": "LAMBDAS",
        "public": False,
        "env": _environment(call, project, target, git["ref"]) | (wanted.get("env") or {}),
    }
    call.store.put(COLLECTION, deployment["id"], deployment)
    return _shown(deployment)


def _redeployed(call: Call, wanted: Document) -> Document | None:
    """The earlier deployment of which this is a new one, if so."""
    if not (id_ := wanted.get("deploymentId")):
        return None
    source = call.store.get(COLLECTION, id_)
    if source is None or source["ownerId"] != call.owner():
        raise not_found("Deployment")
    return source


def _git_source(project: Document, wanted: Document) -> Document:
    source, link = wanted.get("gitSource"), project["link"]
    if not source or not isinstance(source.get("ref"), str) or not source["ref"]:
        raise bad_request("Invalid request: missing required property `gitSource`. (Uploaded files are not taken.)")
    if link is None:
        raise ApiError(400, "incorrect_git_source_info", "The project has no linked git repository.")
    for key in ("type", "org", "repo"):
        if source.get(key, link[key]) != link[key]:
            name = f"{link['org']}/{link['repo']}"
            raise ApiError(400, "incorrect_git_source_info", f"The project is linked to another repository: {name}.")
    return {key: link[key] for key in ("type", "org", "repo", "repoId")} | {"ref": source["ref"]}


def _environment(call: Call, project: Document, target: str | None, branch: str) -> dict[str, str]:
    """The values of this moment, for the deployment's target and branch; a branch's own value wins."""
    kind = "production" if target == "production" else "preview"
    system = {"VERCEL": "1", "VERCEL_ENV": kind, "VERCEL_GIT_COMMIT_REF": branch}
    values = system if project["autoExposeSystemEnvs"] else {}
    fitting = [one for one in environment.of_project(call, project) if kind in one["target"]]
    for variable in sorted(fitting, key=lambda one: one["gitBranch"] is not None):
        if variable["gitBranch"] in (None, branch):
            values = values | {variable["key"]: variable["value"]}
    return values


def _get(call: Call) -> Document:
    deployment = _deployment(call)
    waited = call.now() - deployment["createdAt"] >= _BUILD_MILLISECONDS
    if deployment["readyState"] == "BUILDING" or (deployment["readyState"] == "QUEUED" and waited):
        deployment = _finish(call, deployment)
    elif deployment["readyState"] == "QUEUED":
        deployment |= {"readyState": "BUILDING", "status": "BUILDING", "buildingAt": call.now()}
        call.store.put(COLLECTION, deployment["id"], deployment)
    return _shown(deployment)


def _finish(call: Call, deployment: Document) -> Document:
    now = call.now()
    deployment = deployment | {
        "readyState": "READY",
        "status": "READY",
        "readySubstate": "STAGED",
        "buildingAt": deployment.get("buildingAt", now),
        "ready": now,
        "aliasAssigned": True,
    }
    call.store.put(COLLECTION, deployment["id"], deployment)
    project = call.store.get("vercel.projects", deployment["projectId"])
    if project and deployment["target"] == "production" and project["autoAssignCustomDomains"]:
        deployment = _take_over(call, project, deployment)
    return deployment


def _take_over(call: Call, project: Document, deployment: Document) -> Document:
    """Make this the project's production: all of its domains lead to it from now on."""
    for other in call.store.find(COLLECTION, project_id=project["id"], readySubstate="PROMOTED"):
        call.store.put(COLLECTION, other["id"], other | {"alias": []})
    domains = call.store.find("vercel.project_domains", project_id=project["id"], verified=True, gitBranch=None)
    deployment = deployment | {"alias": [domain["name"] for domain in domains], "readySubstate": "PROMOTED"}
    call.store.put(COLLECTION, deployment["id"], deployment)
    target = {key: deployment[key] for key in ("id", "url", "target", "readyState", "createdAt", "alias")}
    call.store.put("vercel.projects", project["id"], project | {"targets": {"production": target}, "live": True})
    return deployment


def _list(call: Call) -> Document:
    owner = call.owner()
    found = [one for one in call.store.find(COLLECTION) if one["ownerId"] == owner]
    if wanted := call.query.get("projectId"):
        project = find_project(call.store, wanted, owner)
        found = [one for one in found if project and one["projectId"] == project["id"]]
    for key, field in (("target", "target"), ("state", "readyState")):
        if value := call.query.get(key):
            found = [one for one in found if one[field] in value.split(",")]
    listed = [_shown(one) | _listed(one, call.team() or call.user()) for one in reversed(found)]
    return page("deployments", listed, call.query)


def _listed(deployment: Document, owner: Document) -> Document:
    """What only the list calls by these names."""
    scope, number = owner.get("slug") or owner["username"], deployment["id"].removeprefix("dpl_")
    return {
        "uid": deployment["id"],
        "state": deployment["readyState"],
        "created": deployment["createdAt"],
        "inspectorUrl": f"https://vercel.com/{scope}/{deployment['name']}/{number}",
    }


def _delete(call: Call) -> Document:
    deployment = _deployment(call)
    call.store.delete(COLLECTION, deployment["id"])
    project = call.store.get("vercel.projects", deployment["projectId"])
    if project and project["targets"].get("production", {}).get("id") == deployment["id"]:
        call.store.put("vercel.projects", project["id"], project | {"targets": {}, "live": False})
    return {"uid": deployment["id"], "state": "DELETED"}


def _promote(call: Call) -> Document:
    project, deployment = project_of(call), _deployment(call)
    if deployment["projectId"] != project["id"]:
        raise not_found("Deployment")
    if deployment["readyState"] != "READY" or deployment["target"] != "production":
        raise bad_request("Only a production deployment that is ready can be promoted.")
    if project["targets"].get("production", {}).get("id") == deployment["id"]:
        raise ApiError(409, "conflict", "The deployment is already the current production deployment.")
    _take_over(call, project, deployment)
    return {}


def as_target(call: Call, target: Document) -> Document:
    """What a project says of the deployment that is its production: more than the store keeps in the project."""
    deployment = call.store.get(COLLECTION, target["id"]) or target
    user, team = call.user(), call.team()
    return target | {
        "name": deployment.get("name", ""),
        "type": "LAMBDAS",
        "plan": "pro" if team else "hobby",
        "private": False,
        "createdIn": deployment.get("regions", ["iad1"])[0],
        "creator": {key: user[field] for key, field in (("uid", "id"), ("username", "username"), ("email", "email"))},
        "userId": user["id"],
        "teamId": team["id"] if team else None,
        "deploymentHostname": target["url"].removesuffix(".vercel.app"),
    }


def _deployment(call: Call) -> Document:
    """The deployment that the path names by id or URL, in the call's scope. Raises ApiError."""
    wanted, owner = call.params["deployment"], call.owner()
    by_url = call.store.find(COLLECTION, url=wanted)
    deployment = call.store.get(COLLECTION, wanted) or (by_url[0] if by_url else None)
    if deployment is None or deployment["ownerId"] != owner:
        raise not_found("Deployment")
    return deployment


def _shown(deployment: Document) -> Document:
    names = sorted(deployment["env"])
    return public(deployment) | {"env": names, "build": {"env": names}}
