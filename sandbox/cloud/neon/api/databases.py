"""Databases of a branch, each owned by one of its roles."""

from __future__ import annotations

from starlette.routing import Route

from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import (
    DATABASES,
    ROLES,
    documents,
    exists,
    not_found,
    refused,
    required,
    shown,
    text,
    timestamp,
)
from sandbox.state import Document

_LIMIT = 500
_RESERVED = ("postgres", "template0", "template1")


def routes(plane: ControlPlane) -> list[Route]:
    """Return the routes of databases."""
    base = "/projects/{project_id}/branches/{branch_id}/databases"
    return [
        route(plane, "GET", base, list_all),
        route(plane, "POST", base, create),
        route(plane, "GET", f"{base}/{{database_name}}", read),
        route(plane, "PATCH", f"{base}/{{database_name}}", update),
        route(plane, "DELETE", f"{base}/{{database_name}}", delete),
    ]


def check_name(name: str) -> None:
    """Raise ApiError (422) for a reserved name."""
    if name in _RESERVED:
        raise refused(f'database name "{name}" is reserved')


def list_all(plane: ControlPlane, call: Call) -> Answer:
    """Return the databases of a branch."""
    branch = plane.branch(call.path["project_id"], call.path["branch_id"])
    return 200, {"databases": [shown(database) for database in plane.store.find(DATABASES, branch_id=branch["id"])]}


def create(plane: ControlPlane, call: Call) -> Answer:
    """Create a database."""
    requested = call.part("database")
    name, owner = required(requested, "name"), required(requested, "owner_name")
    check_name(name)
    with plane.change() as change:
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        _ensure_free(plane, branch, name)
        _ensure_role(plane, branch, owner)
        if len(plane.store.find(DATABASES, branch_id=branch["id"])) >= _LIMIT:
            raise refused("databases limit exceeded", "DATABASES_LIMIT_EXCEEDED")
        database = documents.database(plane.context.clock(), branch["id"], name, owner)
        operations = change.configure(branch, "create_database", name=name, owner=owner)
        plane.store.put(DATABASES, f"{branch['id']}/{name}", database)
    return 201, {"database": shown(database), "operations": operations}


def read(plane: ControlPlane, call: Call) -> Answer:
    """Return one database."""
    return 200, {"database": shown(_database(plane, call))}


def update(plane: ControlPlane, call: Call) -> Answer:
    """Rename a database (its clients are disconnected) or give it another owner."""
    requested = call.part("database")
    with plane.change() as change:
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        database = _database(plane, call)
        old = database["name"]
        name = text(requested, "name", longest=63) or old
        owner = text(requested, "owner_name", longest=63) or database["owner_name"]
        check_name(name)
        if name != old:
            _ensure_free(plane, branch, name)
        _ensure_role(plane, branch, owner)
        operations = change.configure(branch, "alter_database", name=old, new_name=name, owner=owner)
        now = timestamp(plane.context.clock())
        plane.store.delete(DATABASES, f"{branch['id']}/{old}")
        database |= {"name": name, "owner_name": owner, "updated_at": now}
        plane.store.put(DATABASES, f"{branch['id']}/{name}", database)
    return 200, {"database": shown(database), "operations": operations}


def delete(plane: ControlPlane, call: Call) -> Answer:
    """Drop a database and disconnect its clients."""
    with plane.change() as change:
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        database = plane.store.get(DATABASES, f"{branch['id']}/{call.path['database_name']}")
        if database is None:
            return 204, None
        operations = change.configure(branch, "drop_database", name=database["name"])
        plane.store.delete(DATABASES, f"{branch['id']}/{database['name']}")
    return 200, {"database": shown(database), "operations": operations}


def _database(plane: ControlPlane, call: Call) -> Document:
    branch = plane.branch(call.path["project_id"], call.path["branch_id"])
    database = plane.store.get(DATABASES, f"{branch['id']}/{call.path['database_name']}")
    if database is None:
        raise not_found("database")
    return database


def _ensure_free(plane: ControlPlane, branch: Document, name: str) -> None:
    if plane.store.get(DATABASES, f"{branch['id']}/{name}"):
        raise exists("database", name)


def _ensure_role(plane: ControlPlane, branch: Document, name: str) -> None:
    if plane.store.get(ROLES, f"{branch['id']}/{name}") is None:
        raise not_found("role")
