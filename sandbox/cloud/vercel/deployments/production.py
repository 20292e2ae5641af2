"""A project's production: the deployment that its domains lead to, and the candidates to replace it."""

from __future__ import annotations

from sandbox.cloud.vercel.deployments import aliases
from sandbox.cloud.vercel.protocol import DEPLOYMENTS, Call
from sandbox.state import Document

_SHOWN = (
    "id", "name", "url", "target", "readyState", "readySubstate", "createdAt", "buildingAt", "aliasAssigned",
    "aliasError", "meta",
)  # fmt: skip
_LATEST = 10
"""The number of latest deployments that a project shows."""


def take_over(call: Call, project: Document, deployment: Document, **changes: object) -> Document:
    """Make this the project's production, which its domains lead to. `changes` are other changes to the project.

    The deployment's `alias` lists the domains at this moment, and stays the same after another deployment takes over.
    """
    hosts = [domain["name"] for domain in aliases.of_production(call.store, project)]
    for domain in aliases.of_production(call.store, project):
        if domain.get("_pinned"):
            call.store.put(aliases.DOMAINS, domain["_id"], domain | {"_pinned": None})
    promoted = deployment | {"readySubstate": "PROMOTED", "alias": hosts}
    call.store.put(DEPLOYMENTS, promoted["id"], promoted)
    target = {key: promoted[key] for key in ("id", "url", "target", "readyState", "createdAt")}
    taken = {"targets": {"production": target}, "live": True, "lastRollbackTarget": None} | changes
    call.store.put("vercel.projects", project["id"], project | taken)
    return promoted


def current(project: Document) -> str | None:
    """Return the id of the project's production deployment."""
    id_: str | None = project["targets"].get("production", {}).get("id")
    return id_


def awaits(project: Document, deployment: Document) -> bool:
    """Return whether the deployment, now ready, takes over automatically: not if a newer one has done so already."""
    present = project["targets"].get("production")
    newest = present is None or present["createdAt"] <= deployment["createdAt"]
    return deployment["target"] == "production" and bool(project["autoAssignCustomDomains"]) and newest


def has_served(deployment: Document) -> bool:
    """Return whether the deployment is or was production."""
    return deployment["readyState"] == "READY" and deployment.get("readySubstate") == "PROMOTED"


def is_rollback_candidate(project: Document, deployment: Document) -> bool:
    """Return whether production could be rolled back to the deployment."""
    return has_served(deployment) and current(project) != deployment["id"]


def targets(call: Call, project: Document) -> Document:
    """Return the production deployment as the project shows it."""
    found = {name: call.store.get(DEPLOYMENTS, target["id"]) for name, target in project["targets"].items()}
    return {name: _in_project(call, deployment) for name, deployment in found.items() if deployment}


def latest(call: Call, project: Document) -> list[Document]:
    """Return the newest deployments as the project shows them."""
    newest = call.store.find(DEPLOYMENTS, project_id=project["id"])[::-1][:_LATEST]
    return [_in_project(call, deployment) for deployment in newest]


def _in_project(call: Call, deployment: Document) -> Document:
    user, team = call.user(), call.team()
    ready = {"readyAt": deployment["ready"]} if "ready" in deployment else {}
    return {
        **{key: deployment[key] for key in _SHOWN if key in deployment},
        **ready,
        "alias": [domain["name"] for domain in aliases.of_deployment(call.store, deployment)],
        "type": "LAMBDAS",
        "plan": "pro" if team else "hobby",
        "private": False,
        "createdIn": (deployment["regions"] or ["iad1"])[0],
        "creator": {key: user[field] for key, field in (("uid", "id"), ("username", "username"), ("email", "email"))},
        "userId": user["id"],
        "teamId": team["id"] if team else None,
        "deploymentHostname": deployment["url"].removesuffix(".vercel.app"),
    }
