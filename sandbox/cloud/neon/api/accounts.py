"""The owner of the API key, the organizations that it can access, and the data that clients request first."""

from __future__ import annotations

from starlette.routing import Route

from sandbox.cloud.neon.api import paging
from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import COLLECTION as OPERATIONS
from sandbox.cloud.neon.model import ORGANIZATIONS, not_found, shown
from sandbox.state import Document

_USER = {
    "id": "00000000-0000-4000-8000-000000000001",
    "email": "operator@sandbox.invalid",
    "login": "operator",
    "name": "Sandbox",
    "last_name": "Operator",
    "image": "",
    "plan": "launch",
    "auth_accounts": [],
    "active_seconds_limit": 0,
    "projects_limit": 100,
    "branches_limit": 10,
    "max_autoscaling_limit": 16,
}
_REGIONS = ("aws-eu-central-1", "aws-eu-west-2", "aws-us-east-1", "aws-us-east-2", "aws-us-west-2")


def routes(plane: ControlPlane) -> list[Route]:
    """Return the routes of accounts, and the read-only routes of operations."""
    return [
        route(plane, "GET", "/users/me", user),
        route(plane, "GET", "/users/me/organizations", organizations),
        route(plane, "GET", "/organizations/{org_id}", organization),
        route(plane, "GET", "/auth", credentials),
        route(plane, "GET", "/regions", regions),
        route(plane, "GET", "/projects/{project_id}/operations", operations),
        route(plane, "GET", "/projects/{project_id}/operations/{operation_id}", operation),
    ]


def user(_plane: ControlPlane, _call: Call) -> Answer:
    """Return the user that owns the key."""
    return 200, _USER


def organizations(plane: ControlPlane, _call: Call) -> Answer:
    """Return the organizations of the user."""
    return 200, {"organizations": [shown(item) for item in plane.store.find(ORGANIZATIONS)]}


def organization(plane: ControlPlane, call: Call) -> Answer:
    """Return one organization."""
    found = plane.store.get(ORGANIZATIONS, call.path["org_id"])
    if found is None:
        raise not_found("organization")
    return 200, shown(found)


def credentials(_plane: ControlPlane, _call: Call) -> Answer:
    """Return the kind of the API key."""
    return 200, {"account_id": _USER["id"], "auth_method": "api_key_user", "auth_data": ""}


def regions(_plane: ControlPlane, _call: Call) -> Answer:
    """Return some of Neon's regions; a project may use any other."""
    listed: list[Document] = [
        {"region_id": id_, "name": id_, "default": id_ == "aws-us-east-2", "geo_lat": "", "geo_long": ""}
        for id_ in _REGIONS
    ]
    return 200, {"regions": listed}


def operations(plane: ControlPlane, call: Call) -> Answer:
    """Return the operations of a project, latest first."""
    project = plane.project(call.path["project_id"])
    found = list(reversed(plane.store.find(OPERATIONS, project_id=project["id"])))
    page, pagination = paging.page(found, call.query, 100, 1000)
    return 200, {"operations": [plane.operations.shown(item) for item in page], "pagination": pagination}


def operation(plane: ControlPlane, call: Call) -> Answer:
    """Return one operation: poll it until its status is `finished` or `failed`."""
    project = plane.project(call.path["project_id"])
    found = plane.store.get(OPERATIONS, call.path["operation_id"])
    if found is None or found["project_id"] != project["id"]:
        raise not_found("operation")
    return 200, {"operation": plane.operations.shown(found)}
