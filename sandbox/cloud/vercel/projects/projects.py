"""Projects: a name that is unique in its scope, settings, and a link to a git repository."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.deployments import builds, production
from sandbox.cloud.vercel.environment import environment
from sandbox.cloud.vercel.projects import project_domains
from sandbox.cloud.vercel.projects.project_fields import SETTINGS, TYPES, UNCHANGING, changed, check_name, link
from sandbox.cloud.vercel.protocol import (
    ApiError,
    Call,
    bad_request,
    find_project,
    new_id,
    page,
    project_of,
    public,
    refuse,
    route,
)
from sandbox.state import Context, Document

COLLECTION = "vercel.projects"
_CHANGE = {**TYPES, "name": str}
_CREATE = {**_CHANGE, "gitRepository": dict, "environmentVariables": list, "skipGitConnectDuringLink": bool}
_UNSERVED = (
    "repo", "excludeRepos", "gitForkProtection", "deprecated", "edgeConfigId", "edgeConfigTokenId",
    "elasticConcurrencyEnabled", "staticIpsEnabled", "buildMachineTypes", "buildQueueConfiguration",
)  # fmt: skip
"""Filters of the vendor's list that are not simulated."""
_BELONGINGS = ("vercel.project_domains", "vercel.env", "vercel.deployments")


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, create, read, change and delete projects, and set the branch and the git link."""
    return [
        *route(context, "8 9 10", "/projects", get=_list, post=_create),
        *route(context, "1 11", "/projects", post=_create),
        *route(context, "8 9 10", "/projects/{project}", get=_get, patch=_change, delete=_delete),
        *route(context, "2 bare", "/projects/{project}", get=_get, delete=_delete),
        *route(context, "bare", "/projects/{project}/custom-environments", get=_environments),
        *route(context, "9", "/projects/{project}/branch", patch=_set_branch),
        *route(context, "9", "/projects/{project}/link", post=_link, delete=_unlink),
    ]


def _list(call: Call) -> Document:
    refuse(call.query, *_UNSERVED)
    search, repository, repository_id = (call.query.get(key) for key in ("search", "repoUrl", "repoId"))
    found = [
        one
        for one in call.store.find(COLLECTION, accountId=call.owner())
        if (not search or search in one["name"])
        and (not repository or repository.removesuffix("/") == _address(one))
        and (not repository_id or repository_id == str((one["link"] or {}).get("repoId")))
    ]
    answer = page("projects", found, call.query, before=("from", "until"))
    return answer | {"projects": [_shown(call, one) for one in answer["projects"]]}


def _address(project: Document) -> str | None:
    link = project["link"]
    return f"https://github.com/{link['org']}/{link['repo']}" if link else None


def _create(call: Call) -> Document:
    wanted, owner, now = call.object(_CREATE, required=("name",)), call.owner(), call.now()
    _refuse_taken(call, owner, check_name(wanted["name"]))
    project = {
        "accountId": owner,
        "id": new_id("prj_"),
        "name": wanted["name"],
        **SETTINGS,
        "link": link(wanted["gitRepository"], now) if wanted.get("gitRepository") else None,
        "live": False,
        "targets": {},
        "createdAt": now,
        "updatedAt": now,
    }
    project = changed(project, {key: value for key, value in wanted.items() if value is not None})
    call.store.put(COLLECTION, project["id"], project)
    project_domains.add_own(call, project)
    for variable in wanted.get("environmentVariables") or []:
        environment.add(call, project, variable)
    return _shown(call, project)


def _get(call: Call) -> Document:
    return _shown(call, project_of(call))


def _change(call: Call) -> Document:
    project, wanted = project_of(call), call.object(_CHANGE)
    if (name := wanted.get("name")) not in (None, project["name"]):
        _refuse_taken(call, project["accountId"], check_name(name))
        project["name"] = name
    return _store(call, changed(project, wanted))


def _delete(call: Call) -> None:
    project = project_of(call)
    for collection in _BELONGINGS:
        for document in call.store.find(collection, project_id=project["id"]):
            call.store.delete(collection, document.get("_id") or document["id"])
    call.store.delete(COLLECTION, project["id"])


def _environments(call: Call) -> Document:
    """Return the custom environments; a project has none."""
    project_of(call)
    return {"environments": []}


def _set_branch(call: Call) -> Document:
    project, wanted = project_of(call), call.object({"branch": str}, required=("branch",))
    if project["link"] is None:
        raise bad_request("The project is not linked to a git repository.")
    project["link"] |= {"productionBranch": wanted["branch"], "updatedAt": call.now()}
    return _store(call, project)


def _link(call: Call) -> Document:
    project, wanted = project_of(call), call.object({"type": str, "repo": str}, required=("type", "repo"))
    return _store(call, project | {"link": link(wanted, call.now())})


def _unlink(call: Call) -> Document:
    return _store(call, project_of(call) | {"link": None})


def _store(call: Call, project: Document) -> Document:
    stored = project | {"updatedAt": call.now()}
    call.store.put(COLLECTION, stored["id"], stored)
    return _shown(call, stored)


def _shown(call: Call, project: Document) -> Document:
    project = builds.settle(call, project)
    deployed = {
        "targets": production.targets(call, project),
        "latestDeployments": production.latest(call, project),
        "lastAliasRequest": project.get("lastAliasRequest"),
        "lastRollbackTarget": project.get("lastRollbackTarget"),
    }
    shown = UNCHANGING | public(project) | deployed
    # The vendor omits an empty description here; only `lastAliasRequest` and `lastRollbackTarget` are shown as null.
    return {key: value for key, value in shown.items() if (key, value) != ("rollbackDescription", None)}


def _refuse_taken(call: Call, owner: str, name: str) -> None:
    if find_project(call.store, name, owner):
        raise ApiError(409, "conflict", f'Project "{name}" already exists, please use a new name.')
