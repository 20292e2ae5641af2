"""Deleted projects: kept with all their contents for seven days, during which they can be recovered."""

from __future__ import annotations

from datetime import timedelta

from sandbox.cloud.neon.control.control_plane import ControlPlane
from sandbox.cloud.neon.control.removal import delete_snapshot, forget_branch, removing
from sandbox.cloud.neon.model import (
    BRANCHES,
    DATABASES,
    DELETED,
    ENDPOINTS,
    PROJECTS,
    ROLES,
    SNAPSHOTS,
    not_found,
    timestamp,
)
from sandbox.state import Document

_KEPT = timedelta(days=7)


def put_aside(plane: ControlPlane, project: Document) -> None:
    """Delete a project, but keep its contents in one document. Runs inside the caller's transaction."""
    found = plane.store.find(BRANCHES, project_id=project["id"])
    kept = {
        "project": project,
        "branches": found,
        "endpoints": plane.store.find(ENDPOINTS, project_id=project["id"]),
        "roles": [role for branch in found for role in plane.store.find(ROLES, branch_id=branch["id"])],
        "databases": [one for branch in found for one in plane.store.find(DATABASES, branch_id=branch["id"])],
    }
    now = plane.context.clock()
    times = {"deleted_at": timestamp(now), "recoverable_until": timestamp(now + _KEPT)}
    plane.store.put(DELETED, project["id"], {"id": project["id"], **times, "_kept": kept})
    for branch in found:
        forget_branch(plane, branch)
    plane.store.delete(PROJECTS, project["id"])


def take_back(plane: ControlPlane, project_id: str) -> tuple[Document, list[Document]]:
    """Return the project and its branches, restored with suspended computes. Runs inside the caller's transaction.

    Raises ApiError: 404 if no such project was deleted, or it was deleted too long ago; 423 while it is being deleted.
    """
    deleted = plane.store.get(DELETED, project_id)
    if deleted is None:
        raise not_found("project")
    plane.operations.ensure_idle(project_id)
    kept = deleted["_kept"]
    plane.store.put(PROJECTS, project_id, kept["project"])
    for branch in kept["branches"]:
        plane.store.put(BRANCHES, branch["id"], branch)
    for endpoint in kept["endpoints"]:
        asleep = {key: value for key, value in endpoint.items() if key != "pending_state"} | {"current_state": "idle"}
        plane.store.put(ENDPOINTS, endpoint["id"], asleep)
    for collection in (ROLES, DATABASES):
        for document in kept["roles" if collection == ROLES else "databases"]:
            plane.store.put(collection, f"{document['branch_id']}/{document['name']}", document)
    plane.store.delete(DELETED, project_id)
    return kept["project"], kept["branches"]


def listed(plane: ControlPlane) -> list[Document]:
    """Return the deleted projects that can be recovered, with their deadlines."""
    times = ("deleted_at", "recoverable_until")
    return [deleted["_kept"]["project"] | {key: deleted[key] for key in times} for deleted in plane.store.find(DELETED)]


def branches(plane: ControlPlane) -> list[Document]:
    """Return the branches of deleted projects, whose data is kept."""
    return [branch for deleted in plane.store.find(DELETED) for branch in deleted["_kept"]["branches"]]


def forget_older(plane: ControlPlane, now: str) -> None:
    """Remove deleted projects that were not recovered in time, with their data and snapshots."""
    for deleted in plane.store.find(DELETED):
        if deleted["recoverable_until"] > now:
            continue
        for snapshot in plane.store.find(SNAPSHOTS, project_id=deleted["id"]):
            delete_snapshot(plane, snapshot)
        with plane.change() as change:
            plane.store.delete(DELETED, deleted["id"])
            change.order(deleted["id"], *(removing(branch) for branch in deleted["_kept"]["branches"]))
