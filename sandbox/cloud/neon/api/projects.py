"""Projects. A new one has a default branch, an endpoint, a role and a database owned by the role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.routing import Route

from sandbox.cloud.neon.api import paging
from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.api.databases import check_name as check_database_name
from sandbox.cloud.neon.api.roles import check_name as check_role_name
from sandbox.cloud.neon.control import ControlPlane, halting, recovery
from sandbox.cloud.neon.model import (
    BRANCHES,
    DATABASES,
    ENDPOINTS,
    ORGANIZATIONS,
    PROJECTS,
    ROLES,
    Order,
    compute_units,
    documents,
    invalid,
    naming,
    not_found,
    number,
    refused,
    required,
    shown,
    text,
    timestamp,
)
from sandbox.cloud.neon.model import COLLECTION as OPERATIONS
from sandbox.state import Document

_POSTGRES_VERSIONS = (14, 18)
_LONGEST_HISTORY = 30 * 86400
"""The longest history in seconds, on any plan."""
_PROJECTS_LIMIT = 100
_CHANGEABLE = ("name", "history_retention_seconds", "default_endpoint_settings")


def routes(plane: ControlPlane) -> list[Route]:
    """Return the routes of projects."""
    return [
        route(plane, "GET", "/projects", list_all),
        route(plane, "POST", "/projects", create),
        route(plane, "GET", "/projects/shared", shared),
        route(plane, "POST", "/projects/{project_id}/recover", recover),
        route(plane, "GET", "/projects/{project_id}", read),
        route(plane, "PATCH", "/projects/{project_id}", update),
        route(plane, "DELETE", "/projects/{project_id}", delete),
        route(plane, "GET", "/projects/{project_id}/connection_uri", connection_uri),
    ]


def list_all(plane: ControlPlane, call: Call) -> Answer:
    """Return the projects of the organization named in the query."""
    organization = _organization(plane, call.query)
    deleted = call.query.get("recoverable") == "true"
    found = recovery.listed(plane) if deleted else plane.store.find(PROJECTS)
    found = [project for project in found if project["org_id"] == organization["id"]]
    search = call.query.get("search", "")
    page, pagination = paging.page([project for project in found if search in project["name"]], call.query, 10, 400)
    projects = [shown(project) | {"active_time": 0} for project in page]
    return 200, {"projects": projects, "pagination": pagination, "applications": {}, "integrations": {}}


def create(plane: ControlPlane, call: Call) -> Answer:
    """Create a project with everything in it; usable once the operations have finished."""
    asked = call.part("project")
    return 201, create_project(plane, asked)


def create_project(plane: ControlPlane, asked: Document) -> Document:
    """Validate the request, start the creation, and return the body of the response. Raises ApiError."""
    organization = _organization(plane, asked)
    _validate(asked)
    first = asked.get("branch") or {}
    database_name = text(first, "database_name", longest=63) or "neondb"
    role_name = text(first, "role_name", longest=63) or f"{database_name}_owner"
    check_database_name(database_name)
    check_role_name(role_name)
    now = plane.context.clock()
    project = documents.project(now, organization["id"], asked)
    branch = documents.branch(now, project["id"], text(first, "name") or "main", None)
    endpoint = documents.endpoint(now, project, branch["id"], {"type": "read_write"})
    role = documents.role(now, branch["id"], role_name)
    database = documents.database(now, branch["id"], database_name, role_name)
    with plane.change() as change:
        if len(plane.store.find(PROJECTS, org_id=organization["id"])) >= _PROJECTS_LIMIT:
            raise refused("projects limit exceeded", "PROJECTS_LIMIT_EXCEEDED")
        plane.store.put(PROJECTS, project["id"], project)
        plane.store.put(BRANCHES, branch["id"], branch)
        plane.store.put(ENDPOINTS, endpoint["id"], endpoint)
        plane.store.put(ROLES, f"{branch['id']}/{role_name}", role)
        plane.store.put(DATABASES, f"{branch['id']}/{database_name}", database)
        operations = change.order(
            project["id"],
            Order(action="create_timeline", branch_id=branch["id"], work="create_timeline"),
            Order(action="start_compute", branch_id=branch["id"], endpoint_id=endpoint["id"], work="start_compute"),
        )
    return {
        "project": shown(project),
        "connection_uris": [connection(endpoint, role, database)],
        "roles": [shown(role) | {"password": role["_password"]}],
        "databases": [shown(database)],
        "operations": operations,
        "branch": shown(branch),
        "endpoints": [shown(endpoint)],
    }


def read(plane: ControlPlane, call: Call) -> Answer:
    """Return one project."""
    return 200, {"project": shown(plane.project(call.path["project_id"]))}


def update(plane: ControlPlane, call: Call) -> Answer:
    """Change the name, history, endpoint defaults and settings. Other fields are ignored."""
    asked = call.part("project")
    _validate(asked)
    with plane.change():
        project = plane.project(call.path["project_id"])
        plane.operations.ensure_idle(project["id"])
        changes = {key: asked[key] for key in _CHANGEABLE if asked.get(key) is not None}
        if "default_endpoint_settings" in changes:
            changes["default_endpoint_settings"] = project["default_endpoint_settings"] | asked[_CHANGEABLE[2]]
        if asked.get("settings"):
            changes["settings"] = documents.settings(_merged(project["settings"], asked["settings"]))
        project |= changes | {"updated_at": timestamp(plane.context.clock())}
        plane.store.put(PROJECTS, project["id"], project)
    return 200, {"project": shown(project), "operations": []}


def delete(plane: ControlPlane, call: Call) -> Answer:
    """Delete the project with everything in it. It can be recovered for seven days."""
    project_id = call.path["project_id"]
    with plane.change() as change:
        project = plane.project(project_id)
        branches = plane.store.find(BRANCHES, project_id=project_id)
        if any(branch["protected"] for branch in branches):
            raise refused("cannot delete a project that has protected branches")
        plane.operations.ensure_idle(project_id)
        recovery.put_aside(plane, project)
        for document in plane.store.find(OPERATIONS, project_id=project_id):
            plane.store.delete(OPERATIONS, document["id"])
        change.order(project_id, *(halting(branch) for branch in branches))
    return 200, {"project": shown(project)}


def recover(plane: ControlPlane, call: Call) -> Answer:
    """Restore a deleted project that is still kept, with everything in it."""
    with plane.change():
        project, branches = recovery.take_back(plane, call.path["project_id"])
    return 200, {"project": shown(project), "branches": [shown(branch) for branch in branches]}


def shared(_plane: ControlPlane, _call: Call) -> Answer:
    """Return an empty list: nobody shares a project with the user."""
    return 200, {"projects": [], "pagination": {"cursor": ""}, "applications": {}, "integrations": {}}


def connection_uri(plane: ControlPlane, call: Call) -> Answer:
    """Return the URI with which a role connects to a database."""
    project_id, query = call.path["project_id"], call.query
    plane.project(project_id)
    database_name = required(query, "database_name")
    role_name = required(query, "role_name")
    defaults = plane.store.find(BRANCHES, project_id=project_id, default=True)
    branch_id = query.get("branch_id") or defaults[0]["id"]
    plane.branch(project_id, branch_id)
    endpoints = plane.store.find(ENDPOINTS, branch_id=branch_id)
    chosen = [item for item in endpoints if query.get("endpoint_id") in (None, item["id"])]
    role = plane.store.get(ROLES, f"{branch_id}/{role_name}")
    database = plane.store.get(DATABASES, f"{branch_id}/{database_name}")
    if not chosen or role is None or database is None:
        raise not_found("endpoint" if not chosen else "role" if role is None else "database")
    return 200, {"uri": uri(chosen[0], role, database, pooled=query.get("pooled") == "true")}


def uri(endpoint: Document, role: Document, database: Document, *, pooled: bool = False) -> str:
    """Return a connection URI in Neon's format."""
    host = naming.pooled(endpoint["host"]) if pooled else endpoint["host"]
    user, password = quote(role["name"], safe=""), quote(role["_password"] or "", safe="")
    return f"postgresql://{user}:{password}@{host}/{quote(database['name'], safe='')}?sslmode=require"


def connection(endpoint: Document, role: Document, database: Document) -> Document:
    """Return an entry of `connection_uris`."""
    return {
        "connection_uri": uri(endpoint, role, database),
        "connection_parameters": {
            "database": database["name"],
            "password": role["_password"],
            "role": role["name"],
            "host": endpoint["host"],
            "pooler_host": naming.pooled(endpoint["host"]),
        },
    }


def _organization(plane: ControlPlane, asked: Mapping[str, Any]) -> Document:
    id_ = text(asked, "org_id", longest=60)
    if id_ is None:
        raise invalid("org_id is required, you can find it on your organization settings page")
    organization = plane.store.get(ORGANIZATIONS, id_)
    if organization is None:
        raise not_found("organization")
    return organization


def _validate(asked: Document) -> None:
    text(asked, "name")
    number(asked, "pg_version", *_POSTGRES_VERSIONS)
    number(asked, "history_retention_seconds", 0, _LONGEST_HISTORY)
    for part in ("branch", "settings", "default_endpoint_settings"):
        if not isinstance(asked.get(part) or {}, dict):
            raise invalid(f"{part} must be an object")
    defaults = asked.get("default_endpoint_settings") or {}
    number(defaults, "suspend_timeout_seconds", -1, 604800)
    compute_units.check(defaults)
    region = text(asked, "region_id", longest=60)
    if region and region.partition("-")[0] not in ("aws", "azure"):
        raise invalid(f"region {region} is not supported")


def _merged(old: Document, asked: Document) -> Document:
    addresses = old["allowed_ips"] | {key: value for key, value in (asked.get("allowed_ips") or {}).items() if value}
    if "allowed_ips" in asked and not (asked["allowed_ips"] or {}).get("ips"):
        addresses["ips"] = []  # a missing list means an empty one
    return old | {key: value for key, value in asked.items() if value is not None} | {"allowed_ips": addresses}
