"""What a project's production is: the deployment that its domains lead to, and which could take its place."""

from __future__ import annotations

from sandbox.cloud.vercel.deployments import aliases
from sandbox.cloud.vercel.protocol import DEPLOYMENTS, Call
from sandbox.state import Document

_SHOWN = (
    "id", "name", "url", "target", "readyState", "readySubstate", "createdAt", "buildingAt", "aliasAssigned",
    "aliasError", "meta",
)  # fmt: skip
_LATEST = 10
"""How many deployments a project shows as its latest."""


def take_over(call: Call, project: Document, deployment: Document, **changes: object) -> Document:
    """Make this the project's production: its domains lead to it from now on. `changes` are the project's others.

    The deployment's `alias` lists the domains of this moment, and still does after another has taken them.
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
    """Id of the deployment that is the project's production."""
    id_: str | None = project["targets"].get("production", {}).get("id")
    return id_


def awaits(project: Document, deployment: Document) -> bool:
    """Return whether the deployment, now ready, takes over automatically: not if a newer one was faster."""
    present = project["targets"].get("production")
    newest = present is None or present["createdAt"] <= deployment["createdAt"]
    return deployment["target"] == "production" and bool(project["autoAssignCustomDomains"]) and newest


def has_served(deployment: Document) -> bool:
    """Return whether it is, or once was, production."""
    return deployment["readyState"] == "READY" and deployment.get("readySubstate") == "PROMOTED"


def is_rollback_candidate(project: Document, deployment: Document) -> bool:
    """Return whether production could be rolled back to it."""
    return has_served(deployment) and current(project) != deployment["id"]


def targets(call: Call, project: Document) -> Document:
    """What the project shows of its production."""
    found = {name: call.store.get(DEPLOYMENTS, target["id"]) for name, target in project["targets"].items()}
    return {name: _in_project(call, deployment) for name, deployment in found.items() if deployment}


def latest(call: Call, project: Document) -> list[Document]:
    """What the project shows of its newest deployments."""
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
