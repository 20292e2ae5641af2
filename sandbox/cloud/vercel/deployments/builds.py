"""A deployment's build as clients see it: QUEUED at first, BUILDING after the first read, then READY or ERROR.

After a minute the build has ended in any case. Nothing is compiled: a build fails only on a fault (`build_error`). A
production deployment takes over the project's domains once it is ready, if the project assigns them automatically.
"""

from __future__ import annotations

from sandbox.cloud.vercel.deployments import aliases, production
from sandbox.cloud.vercel.deployments.aliases import reference
from sandbox.cloud.vercel.protocol import DEPLOYMENTS, Call, bad_request, not_found, public
from sandbox.state import Document

_UNFINISHED = ("QUEUED", "BUILDING")
_MILLISECONDS = 60_000
"""The time after which a build has ended even if no client has read it."""


def deployment_of(call: Call) -> Document:
    """Return the scope's deployment, given in the path by id, URL or a host that leads to it. Raises ApiError."""
    wanted, owner = call.params["deployment"], call.owner()
    by_url = call.store.find(DEPLOYMENTS, url=wanted.lower())
    found = call.store.get(DEPLOYMENTS, wanted) or (by_url[0] if by_url else aliases.at_host(call.store, wanted, owner))
    if found is None or found["ownerId"] != owner:
        raise not_found("Deployment")
    return settled(call, found)


def settled(call: Call, deployment: Document) -> Document:
    """Return the deployment, with its build ended if it is overdue."""
    overdue = call.now() - deployment["createdAt"] >= _MILLISECONDS
    return _ended(call, deployment) if overdue and deployment["readyState"] in _UNFINISHED else deployment


def settle(call: Call, project: Document) -> Document:
    """Return the project after its overdue builds have ended."""
    for deployment in call.store.find(DEPLOYMENTS, project_id=project["id"]):
        settled(call, deployment)
    return call.store.get("vercel.projects", project["id"]) or project


def looked_at(call: Call, deployment: Document) -> Document:
    """Return the deployment after one more read."""
    match deployment["readyState"]:
        case "QUEUED":
            return _store(call, deployment, readyState="BUILDING", buildingAt=call.now())
        case "BUILDING":
            return _ended(call, deployment)
        case _:
            return deployment


def canceled(call: Call, deployment: Document) -> Document:
    """Return the deployment with its build canceled. Raises ApiError if it has ended."""
    if deployment["readyState"] not in _UNFINISHED:
        raise bad_request(f"The deployment cannot be canceled, since it is {deployment['readyState']}.")
    return _store(call, deployment, readyState="CANCELED", canceledAt=call.now())


def shown(deployment: Document) -> Document:
    """Return the deployment as the API shows it: with the names of its variables, never their values."""
    names, team = sorted(deployment["env"]), deployment["team"]
    scope, number = team["slug"] if team else deployment["creator"]["username"], deployment["id"].removeprefix("dpl_")
    begun = deployment.get("buildingAt", deployment["createdAt"])
    made = {
        "plan": "pro" if team else "hobby",
        "createdIn": (deployment["regions"] or ["iad1"])[0],
        "inspectorUrl": f"https://vercel.com/{scope}/{deployment['name']}/{number}",
        "bootedAt": begun,
        "buildingAt": begun,
        "buildSkipped": False,
        "isInConcurrentBuildsQueue": False,
        "isInSystemBuildsQueue": False,
        "projectSettings": {},
        "routes": None,
    }
    return public(deployment) | made | {"env": names, "build": {"env": names}}


def _ended(call: Call, deployment: Document) -> Document:
    now = call.now()
    times = {"buildingAt": deployment.get("buildingAt", now), "_ended": now}
    project = call.store.get("vercel.projects", deployment["projectId"])
    if project and call.context.faults.fails_build(project["name"], reference(deployment) or "files"):
        command = project["buildCommand"] or "npm run build"
        failure = {"errorCode": "BUILD_UTILS_SPAWN_1", "errorMessage": f'Command "{command}" exited with 1'}
        return _store(call, deployment, readyState="ERROR", **failure, **times)
    deployment = _store(
        call, deployment, readyState="READY", readySubstate="STAGED", ready=now, aliasAssigned=True, **times
    )
    if project and production.awaits(project, deployment):
        deployment = production.take_over(call, project, deployment)
    return deployment


def _store(call: Call, deployment: Document, **changes: object) -> Document:
    stored = deployment | changes | {"status": changes["readyState"]}
    call.store.put(DEPLOYMENTS, stored["id"], stored)
    return stored
