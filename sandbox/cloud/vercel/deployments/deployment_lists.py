"""Lists of deployments, filtered by the query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sandbox.cloud.vercel.deployments import production
from sandbox.cloud.vercel.deployments.aliases import reference
from sandbox.cloud.vercel.deployments.builds import settled, shown
from sandbox.cloud.vercel.protocol import DEPLOYMENTS, Call, bad_request, choices, find_project, flag, page
from sandbox.state import Document

_STATES = ("BUILDING", "ERROR", "INITIALIZING", "QUEUED", "READY", "CANCELED", "BLOCKED", "DELETED")
_TARGETS = ("production", "staging", "preview")
Fits = Callable[[Document], bool]


def listed(call: Call) -> Document:
    """Return the requested page of the scope's deployments, newest first. Raises ApiError."""
    owner, filters = call.owner(), list(_filters(call))
    owned = [settled(call, one) for one in call.store.find(DEPLOYMENTS, ownerId=owner)]
    found = [one for one in owned if all(fits(one) for fits in filters)]
    answer = page("deployments", found, call.query, after=("since", "from"), before=("until", "to"))
    return answer | {"deployments": [_shown(call, one) for one in answer["deployments"]]}


def _filters(call: Call) -> Iterator[Fits]:
    query = call.query
    if projects := _projects(call):
        yield lambda one: one["projectId"] in projects
    if app := query.get("app"):
        yield lambda one: one["name"] == app
    if branch := query.get("branch"):
        yield lambda one: reference(one) == branch
    if sha := query.get("sha"):
        yield lambda one: sha in ((one.get("gitSource") or {}).get("sha"), one["meta"].get("githubCommitSha"))
    for key, value in query.items():
        if key.startswith("meta-"):
            yield partial(_has_meta, key.removeprefix("meta-"), value)
    if users := choices(query, "users"):
        yield lambda one: one["creator"]["uid"] in users
    if states := choices(query, "state", _STATES):
        yield lambda one: one["readyState"] in states
    if targets := choices(query, "target", _TARGETS):
        yield lambda one: (one["target"] or "preview") in targets
    if (candidate := flag(query, "rollbackCandidate")) is not None:
        yield lambda one: _is_rollback_candidate(call, one) == candidate


def _projects(call: Call) -> set[str]:
    """Return the ids of the requested projects; empty for all."""
    one, several = call.query.get("projectId"), choices(call.query, "projectIds")
    if one and several:
        raise bad_request("Invalid request: `projectIds` cannot be used with `projectId`.")
    if one:
        project = find_project(call.store, one, call.owner())
        return {project["id"] if project else ""}
    return set(several)


def _has_meta(key: str, value: str, deployment: Document) -> bool:
    return bool(deployment["meta"].get(key) == value)


def _is_rollback_candidate(call: Call, deployment: Document) -> bool:
    project = call.store.get("vercel.projects", deployment["projectId"])
    return project is not None and production.is_rollback_candidate(project, deployment)


def _shown(call: Call, deployment: Document) -> Document:
    """Return the deployment with the additional keys that only lists have."""
    return shown(deployment) | {
        "uid": deployment["id"],
        "state": deployment["readyState"],
        "created": deployment["createdAt"],
        "isRollbackCandidate": _is_rollback_candidate(call, deployment),
    }
