"""Neon Auth of a branch: enable, read, disable. The instance itself serves users and tokens.

https://neon.com/docs/auth/guides/manage-auth-api
"""

from __future__ import annotations

import secrets
import uuid

from starlette.routing import Route

from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.auth import instances
from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import DATABASES, ApiError, invalid, not_found, text, timestamp
from sandbox.state import Document

_PROVIDER = "better_auth"
_NAMESPACE = uuid.UUID("8f4bc2c6-52a3-4c0d-9f58-1a5ab31c9c5b")


def routes(plane: ControlPlane) -> list[Route]:
    """Return the routes of Neon Auth."""
    path = "/projects/{project_id}/branches/{branch_id}/auth"
    return [
        route(plane, "POST", path, create),
        route(plane, "GET", path, read),
        route(plane, "DELETE", path, delete),
    ]


def create(plane: ControlPlane, call: Call) -> Answer:
    """Enable Neon Auth."""
    if call.body.get("auth_provider") != _PROVIDER:
        raise invalid(f"the sandbox simulates the auth_provider {_PROVIDER} alone")
    with plane.store.transaction():
        branch = plane.branch(call.path["project_id"], call.path["branch_id"])
        database = text(call.body, "database_name", longest=63) or _default_database(plane, branch)
        if instances.of_branch(plane.store, branch):
            raise ApiError(409, "Neon Auth is already enabled for this branch")
        host = instances.host_of(plane.store, branch)
        if host is None or plane.store.get(DATABASES, f"{branch['id']}/{database}") is None:
            raise not_found("database" if host else "endpoint")
        made = instances.add(plane.store, host, database, branch["id"])
        instances.put(plane.store, made | {"created_at": timestamp(plane.context.clock())})
    keys = {"pub_client_key": "", "secret_server_key": secrets.token_urlsafe(24)}
    return 201, {**_shown(made), **keys, "schema_name": "neon_auth", "table_name": "users_sync"}


def read(plane: ControlPlane, call: Call) -> Answer:
    """Return the address of the branch's instance."""
    branch, instance = _instance(plane, call)
    about = {"branch_id": branch["id"], "db_name": instance["database"], "owned_by": "neon", "name": "prductr"}
    return 200, {**_shown(instance), **about, "created_at": instance.get("created_at") or branch["created_at"]}


def delete(plane: ControlPlane, call: Call) -> Answer:
    """Disable Neon Auth and delete its users and keys."""
    with plane.store.transaction():
        _, instance = _instance(plane, call)
        instances.forget(plane.store, instance)
    return 200, {}


def _instance(plane: ControlPlane, call: Call) -> tuple[Document, Document]:
    branch = plane.branch(call.path["project_id"], call.path["branch_id"])
    instance = instances.of_branch(plane.store, branch)
    if instance is None:
        raise not_found("auth integration")
    return branch, instance


def _default_database(plane: ControlPlane, branch: Document) -> str:
    """Return the oldest database of the branch."""
    found = plane.store.find(DATABASES, branch_id=branch["id"])
    if not found:
        raise not_found("database")
    return str(found[0]["name"])


def _shown(instance: Document) -> Document:
    base = f"https://{instance['host']}/{instance['database']}/auth"
    return {
        "auth_provider": _PROVIDER,
        "auth_provider_project_id": str(uuid.uuid5(_NAMESPACE, str(instance["host"]))),
        "jwks_url": f"{base}/.well-known/jwks.json",
        "base_url": base,
    }
