"""Snapshots: a branch's contents at a moment, kept independently of its history, from which a branch can be restored.

The rules come from Neon's API reference and from its page "Backup & restore"; neither lists status codes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.routing import Route

from sandbox.cloud.neon.api import points_in_time
from sandbox.cloud.neon.api.branches import ensure_room
from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.api.restore import put_in_place
from sandbox.cloud.neon.control import ControlPlane, delete_snapshot
from sandbox.cloud.neon.model import (
    BRANCHES,
    DATABASES,
    ROLES,
    SNAPSHOTS,
    Order,
    documents,
    invalid,
    moment,
    naming,
    not_found,
    number,
    refused,
    shown,
    text,
    timestamp,
)
from sandbox.state import Document

_LIMIT = 10
"""The most snapshots of a project, as on Neon's paid plans."""
_FREQUENCIES = ("hourly", "daily", "weekly", "monthly", "yearly")


def routes(plane: ControlPlane) -> list[Route]:
    """Return the routes of snapshots."""
    branch = "/projects/{project_id}/branches/{branch_id}"
    one = "/projects/{project_id}/snapshots/{snapshot_id}"
    return [
        route(plane, "GET", "/projects/{project_id}/snapshots", list_all),
        route(plane, "POST", f"{branch}/snapshot", create),
        route(plane, "PATCH", one, update),
        route(plane, "DELETE", one, delete),
        route(plane, "POST", f"{one}/restore", restore),
        route(plane, "POST", f"{branch}/finalize_restore", finalize),
        route(plane, "GET", f"{branch}/backup_schedule", schedule),
        route(plane, "PUT", f"{branch}/backup_schedule", set_schedule),
    ]


def list_all(plane: ControlPlane, call: Call) -> Answer:
    """Return the snapshots of a project, oldest first."""
    project = plane.project(call.path["project_id"])
    return 200, {"snapshots": [_shown(item) for item in plane.store.find(SNAPSHOTS, project_id=project["id"])]}


def create(plane: ControlPlane, call: Call) -> Answer:
    """Create a snapshot of a branch, now or at a moment of its history."""
    project_id, branch_id = call.path["project_id"], call.path["branch_id"]
    requested = call.body | call.query
    at = points_in_time.asked_for(requested, "timestamp", "lsn")
    name, end = text(requested, "name"), _end(plane, requested)
    if at:
        points_in_time.ensure_kept(plane, plane.project(project_id), plane.branch(project_id, branch_id), at)
    with plane.change() as change:
        branch = plane.branch(project_id, branch_id)
        if len(plane.store.find(SNAPSHOTS, project_id=project_id)) >= _LIMIT:
            raise refused("snapshots limit exceeded", "SNAPSHOTS_LIMIT_EXCEEDED")
        plane.operations.ensure_idle(project_id, branch_id)
        now = timestamp(plane.context.clock())
        snapshot: Document = {
            "id": naming.snapshot_id(),
            "project_id": project_id,
            "name": name or f"{branch['name']} at {now}",
            "source_branch_id": branch_id,
            "created_at": now,
            "manual": True,
            **({"expires_at": timestamp(end)} if end else {}),
            **({"timestamp" if at.kind == "time" else "lsn": at.value} if at else {"timestamp": now}),
            "_superuser_password": branch["_superuser_password"],
            "_roles": plane.store.find(ROLES, branch_id=branch_id),
            "_databases": plane.store.find(DATABASES, branch_id=branch_id),
        }
        plane.store.put(SNAPSHOTS, snapshot["id"], snapshot)
        details = (("snapshot_id", snapshot["id"]), ("at", at and [at.kind, at.value]))
        keeping = Order(action="create_branch", branch_id=branch_id, work="keep_snapshot", details=details)
        operations = change.order(project_id, keeping)
    return 200, {"snapshot": _shown(snapshot), "operations": operations}


def update(plane: ControlPlane, call: Call) -> Answer:
    """Change a snapshot's name or expiry."""
    requested = call.part("snapshot")
    name, end = text(requested, "name"), _end(plane, requested)
    with plane.change():
        snapshot = _snapshot(plane, call)
        snapshot |= {"name": name} if name else {}
        if "expires_at" in requested:
            snapshot.pop("expires_at", None)
            snapshot |= {"expires_at": timestamp(end)} if end else {}
        plane.store.put(SNAPSHOTS, snapshot["id"], snapshot)
    return 200, {"snapshot": _shown(snapshot)}


def delete(plane: ControlPlane, call: Call) -> Answer:
    """Delete a snapshot and its data; branches restored from it stay."""
    snapshot = _snapshot(plane, call)
    plane.operations.ensure_idle(snapshot["project_id"], snapshot["source_branch_id"])
    return 202, {"operations": delete_snapshot(plane, snapshot)}


def restore(plane: ControlPlane, call: Call) -> Answer:
    """Return a new branch with the snapshot's contents: next to the target, or directly in its place."""
    requested = call.body
    name = text(requested, "name") or text(call.query, "name")
    finalized = requested.get("finalize_restore", False)
    if not isinstance(finalized, bool):
        raise invalid("finalize_restore must be a boolean")
    with plane.change() as change:
        snapshot = _snapshot(plane, call)
        project_id = snapshot["project_id"]
        target_id = text(requested, "target_branch_id", longest=60) or snapshot["source_branch_id"]
        target = plane.branch(project_id, target_id)
        ensure_room(plane, project_id, name)
        plane.operations.ensure_idle(project_id)
        branch = _restored(plane, snapshot, target, name)
        details: tuple[tuple[str, Any], ...] = (("child", True), ("source", snapshot["id"]))
        making = Order(action="create_branch", branch_id=branch["id"], work="create_timeline", details=details)
        moving = put_in_place(plane, branch, target, None) if finalized else []
        operations = change.order(project_id, making, *moving)
    return 200, {"branch": shown(branch), "operations": operations}


def finalize(plane: ControlPlane, call: Call) -> Answer:
    """Replace the target with the branch that was restored from a snapshot."""
    with plane.change() as change:
        project_id = call.path["project_id"]
        branch = plane.branch(project_id, call.path["branch_id"])
        if branch.get("restore_status") != "restored":
            raise refused("the branch was not restored from a snapshot, or its restore is finalized already")
        target = plane.branch(project_id, branch["restored_as"])
        plane.operations.ensure_idle(project_id)
        orders = put_in_place(plane, branch, target, text(call.body, "name"))
        operations = change.order(project_id, *orders)
    return 200, {"operations": operations}


def schedule(plane: ControlPlane, call: Call) -> Answer:
    """Return the schedule of the branch's automatic snapshots."""
    branch = plane.branch(call.path["project_id"], call.path["branch_id"])
    return 200, {"schedule": branch.get("_schedule", [])}


def set_schedule(plane: ControlPlane, call: Call) -> Answer:
    """Store a schedule, which has no effect in the sandbox."""
    requested = call.body.get("schedule")
    if not isinstance(requested, list) or not all(isinstance(item, dict) for item in requested):
        raise invalid("schedule must be a list of objects")
    for item in requested:
        if item.get("frequency") not in _FREQUENCIES:
            raise invalid(f"frequency must be one of {', '.join(_FREQUENCIES)}")
        number(item, "hour", 0, 23)
        number(item, "day", 1, 31)
        number(item, "month", 1, 12)
        number(item, "retention_seconds", 3600, float("inf"))
    with plane.change():
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        plane.store.put(BRANCHES, branch["id"], branch | {"_schedule": requested})
    return 200, {}


def _restored(plane: ControlPlane, snapshot: Document, target: Document, name: str | None) -> Document:
    """Store the new branch, with the roles, passwords and databases of the snapshot."""
    branch = documents.branch(plane.context.clock(), snapshot["project_id"], name, None)
    branch |= {
        "primary": False,
        "default": False,
        "restored_from": snapshot["id"],
        "restored_as": target["id"],
        "restore_status": "restored",
        "_preserved": True,
        "_superuser_password": snapshot["_superuser_password"],
    }
    plane.store.put(BRANCHES, branch["id"], branch)
    for collection, kept in ((ROLES, snapshot["_roles"]), (DATABASES, snapshot["_databases"])):
        for document in kept:
            plane.store.put(collection, f"{branch['id']}/{document['name']}", document | {"branch_id": branch["id"]})
    return branch


def _snapshot(plane: ControlPlane, call: Call) -> Document:
    project = plane.project(call.path["project_id"])
    found = plane.store.get(SNAPSHOTS, call.path["snapshot_id"])
    if found is None or found["project_id"] != project["id"]:
        raise not_found("snapshot")
    return found


def _end(plane: ControlPlane, requested: Document) -> datetime | None:
    end = moment(requested, "expires_at")
    if end and end <= plane.context.clock():
        raise invalid("expires_at must be in the future")
    return end


def _shown(snapshot: Document) -> Document:
    return {key: value for key, value in shown(snapshot).items() if key != "project_id"}
