"""Removal of branches: by a call, by expiry, or with their project."""

from __future__ import annotations

from sandbox.cloud.neon.auth import instances
from sandbox.cloud.neon.control.control_plane import ControlPlane
from sandbox.cloud.neon.model import BRANCHES, DATABASES, ENDPOINTS, ROLES, SNAPSHOTS, Order, refused, shown, timeline
from sandbox.state import Document


def delete_branch(plane: ControlPlane, project_id: str, branch_id: str) -> Document | None:
    """Delete a branch with its endpoints and data. Return the body of the response, or None if there is no such branch.

    Raises ApiError: 422 for the default branch, a root, a protected branch or a parent; 423 while work is going on.
    """
    with plane.change() as change:
        project = plane.project(project_id)
        branch = plane.store.get(BRANCHES, branch_id)
        if branch is None or branch["project_id"] != project["id"]:
            return None
        root = not branch.get("parent_id") and not branch.get("_preserved")
        if branch["default"] or root:
            raise refused("cannot delete the root or default branch of a project")
        if branch["protected"]:
            raise refused("cannot delete protected branch")
        if plane.store.find(BRANCHES, parent_id=branch["id"]):
            raise refused("cannot delete branch that has children")
        plane.operations.ensure_idle(project["id"], branch["id"])
        forget_branch(plane, branch)
        operations = change.order(project["id"], removing(branch))
    return {"branch": shown(branch), "operations": operations}


def forget_branch(plane: ControlPlane, branch: Document) -> None:
    """Delete a branch and its documents from the store; the order `removing` removes its server and data."""
    for collection, key in ((ROLES, "name"), (DATABASES, "name")):
        for document in plane.store.find(collection, branch_id=branch["id"]):
            plane.store.delete(collection, f"{branch['id']}/{document[key]}")
    for instance in plane.store.find(instances.COLLECTION, branch_id=branch["id"]):
        instances.forget(plane.store, instance)
    for endpoint in plane.store.find(ENDPOINTS, branch_id=branch["id"]):
        plane.store.delete(ENDPOINTS, endpoint["id"])
    plane.store.delete(BRANCHES, branch["id"])


def delete_snapshot(plane: ControlPlane, snapshot: Document) -> list[Document]:
    """Delete a snapshot, and return the operations that remove its data."""
    with plane.change() as change:
        plane.store.delete(SNAPSHOTS, snapshot["id"])
        return change.order(snapshot["project_id"], _ending(snapshot["source_branch_id"], snapshot["id"]))


def removing(branch: Document) -> Order:
    """Return the order to remove a branch's server and data."""
    return _ending(branch["id"], timeline(branch)["name"])


def halting(branch: Document) -> Order:
    """Return the order to stop a branch's server; the API shows it as a removal, but the data stays."""
    return _ending(branch["id"], timeline(branch)["name"], "halt_timeline")


def _ending(branch_id: str, name: str, work: str = "delete_timeline") -> Order:
    return Order(action="delete_timeline", branch_id=branch_id, work=work, details=(("timeline", name),))
