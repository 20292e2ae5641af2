"""Branches: copies of a whole cluster, including its roles and databases, at the moment of their creation."""

from __future__ import annotations

from typing import Any

from starlette.routing import Route

from sandbox.cloud.neon.api import paging, points_in_time
from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.api.endpoints import ensure_one_writer, starting, validate
from sandbox.cloud.neon.api.projects import connection
from sandbox.cloud.neon.control import ControlPlane, delete_branch, expiry
from sandbox.cloud.neon.model import (
    BRANCHES,
    DATABASES,
    ENDPOINTS,
    ROLES,
    Order,
    documents,
    exists,
    invalid,
    naming,
    refused,
    shown,
    text,
    timestamp,
)
from sandbox.state import Document

_LIMIT = 10
"""The most branches of a project, as on Neon's smaller plans."""
_ROOTS_LIMIT = 5
"""The most branches without a parent, as on the plan "launch"."""


def routes(plane: ControlPlane) -> list[Route]:
    """Return the routes of branches."""
    one = "/projects/{project_id}/branches/{branch_id}"
    return [
        route(plane, "GET", "/projects/{project_id}/branches", list_all),
        route(plane, "POST", "/projects/{project_id}/branches", create),
        route(plane, "GET", "/projects/{project_id}/branches/count", count),
        route(plane, "GET", one, read),
        route(plane, "PATCH", one, update),
        route(plane, "DELETE", one, delete),
        route(plane, "POST", f"{one}/set_as_default", set_as_default),
    ]


def list_all(plane: ControlPlane, call: Call) -> Answer:
    """Return the branches of a project, last updated first unless the query sets another order."""
    project = plane.project(call.path["project_id"])
    search = call.query.get("search", "")
    found = [item for item in _of(plane, project["id"]) if search in item["name"] or search in item["id"]]
    key = call.query.get("sort_by", "updated_at")
    if key not in ("name", "created_at", "updated_at"):
        raise invalid("sort_by must be one of name, created_at, updated_at")
    found.sort(key=lambda branch: str(branch[key]), reverse=call.query.get("sort_order", "desc") == "desc")
    page, pagination = paging.page(found, call.query, 100, 10000)
    return 200, {"branches": [shown(branch) for branch in page], "annotations": {}, "pagination": pagination}


def count(plane: ControlPlane, call: Call) -> Answer:
    """Return the number of a project's branches."""
    return 200, {"count": len(_of(plane, plane.project(call.path["project_id"])["id"]))}


def create(plane: ControlPlane, call: Call) -> Answer:
    """Create a copy of a branch (default: the default branch), now or at an earlier moment, with endpoints."""
    requested, requested_endpoints = call.part("branch"), _endpoints(call)
    at = points_in_time.asked_for(requested, "parent_timestamp", "parent_lsn")
    schema_only = requested.get("init_source") == "schema-only"
    if requested.get("init_source") not in (None, "", "parent-data", "schema-only"):
        raise invalid("init_source must be one of parent-data, schema-only")
    if schema_only and [item["type"] for item in requested_endpoints] != ["read_write"]:
        raise invalid("a schema-only branch requires exactly one read-write endpoint")
    project_id, parent_id = call.path["project_id"], text(requested, "parent_id", longest=60)
    if at:
        points_in_time.ensure_kept(plane, plane.project(project_id), _parent(plane, project_id, parent_id), at)
    with plane.change() as change:
        project = plane.project(project_id)
        parent = _parent(plane, project_id, parent_id)
        ensure_room(plane, project_id, text(requested, "name"))
        if schema_only:
            _ensure_room_for_root(plane, project_id)
        elif "expires_at" in parent:
            raise refused("a branch that expires cannot have children")
        plane.operations.ensure_idle(project["id"], parent["id"])
        now = plane.context.clock()
        branch = documents.branch(now, project["id"], text(requested, "name"), parent)
        branch["protected"] = bool(requested.get("protected"))
        if schema_only:
            # A root that is not the project's first one can be deleted.
            branch |= {"init_source": "schema-only", "_preserved": True}
            del branch["parent_id"], branch["parent_timestamp"]
        elif at:
            del branch["parent_timestamp"]
            branch |= (
                {"parent_timestamp": requested["parent_timestamp"]} if at.kind == "time" else {"parent_lsn": at.value}
            )
        expiry.change(branch, requested, now)
        expiry.ensure_may_expire(plane, branch)
        plane.store.put(BRANCHES, branch["id"], branch)
        roles, databases = copied(plane, parent, branch, new_passwords=parent["protected"])
        endpoints = [documents.endpoint(now, project, branch["id"], item) for item in requested_endpoints]
        for endpoint in endpoints:
            ensure_one_writer(plane, branch["id"], endpoint["type"])
            plane.store.put(ENDPOINTS, endpoint["id"], endpoint)
        details: tuple[tuple[str, Any], ...] = (("child", True), ("at", at and [at.kind, at.value]))
        if schema_only:
            details += (("source", parent["id"]), ("schema_only", True))
        copying = Order(action="create_branch", branch_id=branch["id"], work="create_timeline", details=details)
        operations = change.order(project["id"], copying, *(starting(endpoint) for endpoint in endpoints))
    answer: Document = {
        "branch": shown(branch),
        "endpoints": [shown(endpoint) for endpoint in endpoints],
        "operations": operations,
        "roles": [shown(role) for role in roles.values()],
        "databases": [shown(database) for database in databases],
    }
    if endpoints:
        owners = [(database, roles.get(database["owner_name"])) for database in databases]
        answer["connection_uris"] = [connection(endpoints[0], role, database) for database, role in owners if role]
    return 201, answer


def read(plane: ControlPlane, call: Call) -> Answer:
    """Return one branch."""
    branch = plane.branch(call.path["project_id"], call.path["branch_id"])
    annotation = {"object": {"type": "console/branch", "id": branch["id"]}, "value": {}}
    return 200, {"branch": shown(branch), "annotation": annotation}


def update(plane: ControlPlane, call: Call) -> Answer:
    """Change the name, the protection or the expiry."""
    requested, now = call.part("branch"), plane.context.clock()
    with plane.change():
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        plane.operations.ensure_idle(branch["project_id"], branch["id"])
        name = text(requested, "name")
        if name and name != branch["name"]:
            _ensure_free(_of(plane, branch["project_id"]), name)
            branch["name"] = name
        if requested.get("protected") is not None:
            branch["protected"] = bool(requested["protected"])
        expiry.change(branch, requested, now)
        expiry.ensure_may_expire(plane, branch)
        branch["updated_at"] = timestamp(now)
        plane.store.put(BRANCHES, branch["id"], branch)
    return 200, {"branch": shown(branch), "operations": []}


def delete(plane: ControlPlane, call: Call) -> Answer:
    """Delete a branch with its endpoints and data, unless it is the default, a parent or protected."""
    deleted = delete_branch(plane, call.path["project_id"], call.path["branch_id"])
    return (204, None) if deleted is None else (200, deleted)


def set_as_default(plane: ControlPlane, call: Call) -> Answer:
    """Make this the project's default branch."""
    with plane.change():
        chosen = plane.branch(call.path["project_id"], call.path["branch_id"])
        plane.operations.ensure_idle(chosen["project_id"], chosen["id"])
        expiry.ensure_may_expire(plane, chosen | {"default": True})
        for branch in _of(plane, chosen["project_id"]):
            is_chosen = branch["id"] == chosen["id"]
            plane.store.put(BRANCHES, branch["id"], branch | {"default": is_chosen, "primary": is_chosen})
    return 200, {"branch": shown(chosen | {"default": True, "primary": True}), "operations": []}


def _of(plane: ControlPlane, project_id: str) -> list[Document]:
    return plane.store.find(BRANCHES, project_id=project_id)


def _parent(plane: ControlPlane, project_id: str, id_: str | None) -> Document:
    """Return the branch `id_`, or the default branch without one. Raises ApiError (404)."""
    plane.project(project_id)
    default = plane.store.find(BRANCHES, project_id=project_id, default=True)[0]
    return plane.branch(project_id, id_) if id_ else default


def ensure_room(plane: ControlPlane, project_id: str, name: str | None) -> None:
    """Raise ApiError if another branch cannot be created: 409 for a taken name, 422 for too many."""
    siblings = _of(plane, project_id)
    _ensure_free(siblings, name)
    if len(siblings) >= _LIMIT:
        raise refused("branches limit exceeded", "BRANCHES_LIMIT_EXCEEDED")


def _ensure_room_for_root(plane: ControlPlane, project_id: str) -> None:
    if sum("parent_id" not in branch for branch in _of(plane, project_id)) >= _ROOTS_LIMIT:
        raise refused("root branches limit exceeded", "ROOT_BRANCHES_LIMIT_EXCEEDED")


def ensure_free(plane: ControlPlane, project_id: str, name: str) -> None:
    """Raise ApiError (409) if a branch of the project has this name."""
    _ensure_free(_of(plane, project_id), name)


def _ensure_free(siblings: list[Document], name: str | None) -> None:
    if name and any(branch["name"] == name for branch in siblings):
        raise exists("branch", name)


def _endpoints(call: Call) -> list[Document]:
    requested = call.body.get("endpoints") or []
    if not isinstance(requested, list) or not all(isinstance(item, dict) for item in requested):
        raise invalid("endpoints must be a list of objects")
    for item in requested:
        validate(item)
    return requested


def copied(
    plane: ControlPlane, parent: Document, branch: Document, *, new_passwords: bool
) -> tuple[dict[str, Document], list[Document]]:
    """Store the parent's roles and databases for the new branch, with new passwords if `new_passwords` is set."""
    roles = {}
    for role in plane.store.find(ROLES, branch_id=parent["id"]):
        password = naming.password() if new_passwords and role["_password"] else role["_password"]
        roles[role["name"]] = role | {"branch_id": branch["id"], "_password": password}
        plane.store.put(ROLES, f"{branch['id']}/{role['name']}", roles[role["name"]])
    databases = []
    for database in plane.store.find(DATABASES, branch_id=parent["id"]):
        fresh = documents.database(plane.context.clock(), branch["id"], database["name"], database["owner_name"])
        databases.append(fresh)
        plane.store.put(DATABASES, f"{branch['id']}/{database['name']}", fresh)
    return roles, databases
