"""Restoring a branch: other data, or its own from an earlier moment, replaces its contents.

The id, name and endpoints stay, so that clients find the restored data at the same address. As described on Neon's page
on instant restore, the former contents are kept under another name on request: as the parent of a restored child, or as
a branch without a parent if a root was restored.

A branch that was restored from a snapshot replaces its target when the restore is finalized: it takes over the target's
name and computes, and with them the target's addresses. The former target keeps its data.
"""

from __future__ import annotations

from starlette.routing import Route

from sandbox.cloud.neon.api import points_in_time
from sandbox.cloud.neon.api.branches import copied, ensure_free, ensure_room
from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.control import ControlPlane, expiry
from sandbox.cloud.neon.model import (
    BRANCHES,
    ENDPOINTS,
    Order,
    documents,
    invalid,
    naming,
    refused,
    shown,
    text,
    timestamp,
)
from sandbox.state import Document


def routes(plane: ControlPlane) -> list[Route]:
    """Return the only route."""
    return [route(plane, "POST", "/projects/{project_id}/branches/{branch_id}/restore", restore)]


def restore(plane: ControlPlane, call: Call) -> Answer:
    """Start a restore: the branch is replaced once the new data is ready, and works unchanged until then."""
    project_id, branch_id = call.path["project_id"], call.path["branch_id"]
    source_id = text(call.body, "source_branch_id", longest=60)
    if source_id is None:
        raise invalid("source_branch_id is required")
    at = points_in_time.asked_for(call.body, "source_timestamp", "source_lsn")
    name = text(call.body, "preserve_under_name")
    project = plane.project(project_id)
    plane.branch(project_id, branch_id)
    source = plane.branch(project_id, source_id)
    if source_id == branch_id and at is None:
        raise invalid("source_timestamp or source_lsn is required to restore a branch from its own history")
    if at:
        points_in_time.ensure_kept(plane, project, source, at)
    with plane.change() as change:
        branch = plane.branch(project_id, branch_id)
        source = plane.branch(project_id, source_id)
        children = plane.store.find(BRANCHES, parent_id=branch_id)
        if name is None and (source_id == branch_id or children):
            raise invalid(
                "preserve_under_name is required: the branch has children, or is restored from its own history"
            )
        if branch.get("parent_id") and name is None and "expires_at" in source:
            raise refused("a branch that expires cannot have children")
        plane.operations.ensure_idle(project_id)
        now = timestamp(plane.context.clock())
        kept = _kept(plane, branch, name, source_id == branch_id) if name else None
        if kept:
            for child in children:
                plane.store.put(BRANCHES, child["id"], child | {"parent_id": kept["id"]})
        if branch.get("parent_id"):
            branch["parent_id"] = kept["id"] if kept else source_id
        for key in ("parent_timestamp", "parent_lsn"):
            branch.pop(key, None)
        branch |= {"last_reset_at": now, "updated_at": now}
        expiry.restart(branch, plane.context.clock())
        plane.store.put(BRANCHES, branch_id, branch)
        details = (
            ("timeline", naming.timeline(branch_id)),
            ("source_id", source_id),
            ("at", at and [at.kind, at.value]),
            ("kept_id", kept and kept["id"]),
        )
        orders = [Order(action="create_branch", branch_id=branch_id, work="restore_branch", details=details)]
        if kept:
            orders.append(Order(action="create_timeline", branch_id=kept["id"]))  # this locks it like the other
        operations = change.order(project_id, *orders)
    return 200, {"branch": shown(branch), "operations": operations}


def _kept(plane: ControlPlane, branch: Document, name: str, own_history: bool) -> Document:
    """Return a new branch for the former contents, without endpoints, with the same roles, passwords and databases."""
    ensure_room(plane, branch["project_id"], name)
    kept = documents.branch(plane.context.clock(), branch["project_id"], name, branch)
    del kept["parent_id"], kept["parent_timestamp"]
    if branch.get("parent_id"):
        kept["parent_id"] = branch["parent_id"]
    else:
        kept["_preserved"] = own_history  # a root that was restored from another branch can never be deleted
    plane.store.put(BRANCHES, kept["id"], kept)
    copied(plane, branch, kept, new_passwords=False)
    return kept


def put_in_place(plane: ControlPlane, branch: Document, target: Document, old_name: str | None) -> list[Order]:
    """Replace `target` with `branch`, rename `target` to `old_name`, and return the orders that move the computes.

    The two branches swap their computes, so that none is lost. Runs inside the caller's transaction. Raises ApiError
    (409) if the name is taken.
    """
    now = timestamp(plane.context.clock())
    name = old_name or f"{target['name']}_old_{now}"
    ensure_free(plane, branch["project_id"], name)
    branch |= {"name": target["name"], "restore_status": "finalized", "updated_at": now}
    flags = {key: target[key] for key in ("default", "primary", "protected")}
    lost = {"default": False, "primary": False, "protected": False}
    target = target | {"name": name, "updated_at": now} | lost
    if target.get("_preserved") is None and not target.get("parent_id"):
        target["_preserved"] = True  # it is no longer the project's root
    branch |= flags
    plane.store.put(BRANCHES, target["id"], target)
    plane.store.put(BRANCHES, branch["id"], branch)
    orders = []
    moved = [(one, branch) for one in plane.store.find(ENDPOINTS, branch_id=target["id"])]
    moved += [(one, target) for one in plane.store.find(ENDPOINTS, branch_id=branch["id"])]
    for endpoint, new in moved:
        plane.store.put(ENDPOINTS, endpoint["id"], endpoint | {"branch_id": new["id"], "updated_at": now})
    for endpoint, new in moved:
        old = target if new is branch else branch
        orders.append(_order("suspend_compute", endpoint, old))
        if not endpoint["disabled"]:
            orders.append(_order("start_compute", endpoint, new))
    return orders


def _order(action: str, endpoint: Document, branch: Document) -> Order:
    return Order(action=action, branch_id=branch["id"], endpoint_id=endpoint["id"], work=action)
