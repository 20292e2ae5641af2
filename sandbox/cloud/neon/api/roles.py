"""Roles of a branch, as the API creates them: members of neon_superuser with a generated password."""

from __future__ import annotations

from starlette.routing import Route

from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import (
    DATABASES,
    ROLES,
    ApiError,
    documents,
    exists,
    naming,
    not_found,
    refused,
    required,
    shown,
    timestamp,
)
from sandbox.state import Document

_LIMIT = 500
_RESERVED = ("cloud_admin", "neon_superuser", "postgres", "public", "zenith_admin", "web_access", "none")


def routes(plane: ControlPlane) -> list[Route]:
    """Return the routes of roles."""
    base = "/projects/{project_id}/branches/{branch_id}/roles"
    return [
        route(plane, "GET", base, list_all),
        route(plane, "POST", base, create),
        route(plane, "GET", f"{base}/{{role_name}}", read),
        route(plane, "DELETE", f"{base}/{{role_name}}", delete),
        route(plane, "GET", f"{base}/{{role_name}}/reveal_password", reveal_password),
        route(plane, "POST", f"{base}/{{role_name}}/reset_password", reset_password),
    ]


def check_name(name: str) -> None:
    """Raise ApiError (422) for a reserved name."""
    if name in _RESERVED or name.startswith("pg_"):
        raise refused(f'role name "{name}" is reserved')


def list_all(plane: ControlPlane, call: Call) -> Answer:
    """Return the roles that were created through the API."""
    branch = plane.branch(call.path["project_id"], call.path["branch_id"])
    return 200, {"roles": [shown(role) for role in plane.store.find(ROLES, branch_id=branch["id"])]}


def create(plane: ControlPlane, call: Call) -> Answer:
    """Create a role; its password is in the response."""
    requested = call.part("role")
    name = required(requested, "name")
    check_name(name)
    with plane.change() as change:
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        if plane.store.get(ROLES, f"{branch['id']}/{name}"):
            raise exists("role", name)
        if len(plane.store.find(ROLES, branch_id=branch["id"])) >= _LIMIT:
            raise refused("roles limit exceeded", "ROLES_LIMIT_EXCEEDED")
        role = documents.role(plane.context.clock(), branch["id"], name, login=not requested.get("no_login"))
        operations = change.configure(branch, "create_role", name=name)
        plane.store.put(ROLES, f"{branch['id']}/{name}", role)
    return 201, {"role": _with_password(role), "operations": operations}


def read(plane: ControlPlane, call: Call) -> Answer:
    """Return one role, without its password."""
    return 200, {"role": shown(_role(plane, call))}


def delete(plane: ControlPlane, call: Call) -> Answer:
    """Drop a role that owns no database."""
    with plane.change() as change:
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        role = plane.store.get(ROLES, f"{branch['id']}/{call.path['role_name']}")
        if role is None:
            return 204, None
        owned = plane.store.find(DATABASES, branch_id=branch["id"], owner_name=role["name"])
        if owned:
            raise refused(f'role "{role["name"]}" owns database "{owned[0]["name"]}" and cannot be deleted')
        operations = change.configure(branch, "drop_role", name=role["name"])
        plane.store.delete(ROLES, f"{branch['id']}/{role['name']}")
    return 200, {"role": shown(role), "operations": operations}


def reveal_password(plane: ControlPlane, call: Call) -> Answer:
    """Return the password, if the project stores passwords."""
    role = _role(plane, call)
    if not plane.project(call.path["project_id"])["store_passwords"] or role["_password"] is None:
        raise ApiError(412, "storing passwords is disabled")
    return 200, {"password": role["_password"]}


def reset_password(plane: ControlPlane, call: Call) -> Answer:
    """Generate a new password; the old one works until the operation finishes."""
    with plane.change() as change:
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        role = _role(plane, call)
        operations = change.configure(branch, "set_password", name=role["name"])
        role |= {"_password": naming.password(), "updated_at": timestamp(plane.context.clock())}
        plane.store.put(ROLES, f"{branch['id']}/{role['name']}", role)
    return 200, {"role": _with_password(role), "operations": operations}


def _role(plane: ControlPlane, call: Call) -> Document:
    branch = plane.branch(call.path["project_id"], call.path["branch_id"])
    role = plane.store.get(ROLES, f"{branch['id']}/{call.path['role_name']}")
    if role is None:
        raise not_found("role")
    return role


def _with_password(role: Document) -> Document:
    return shown(role) | ({"password": role["_password"]} if role["_password"] else {})
