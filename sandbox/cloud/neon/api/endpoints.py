"""Endpoints: a branch's host names, and the computes behind them."""

from __future__ import annotations

from starlette.routing import Route

from sandbox.cloud.neon.api.call import Answer, Call, route
from sandbox.cloud.neon.control import Change, ControlPlane
from sandbox.cloud.neon.model import (
    BRANCHES,
    ENDPOINTS,
    ApiError,
    Order,
    compute_units,
    documents,
    invalid,
    number,
    refused,
    required,
    shown,
    text,
    timestamp,
)
from sandbox.state import Document

TYPES = ("read_write", "read_only")
_CHANGEABLE = (
    "autoscaling_limit_min_cu",
    "autoscaling_limit_max_cu",
    "settings",
    "pooler_enabled",
    "pooler_mode",
    "disabled",
    "suspend_timeout_seconds",
    "name",
)


def routes(plane: ControlPlane) -> list[Route]:
    """Return the routes of endpoints."""
    one = "/projects/{project_id}/endpoints/{endpoint_id}"
    return [
        route(plane, "GET", "/projects/{project_id}/endpoints", list_all),
        route(plane, "GET", "/projects/{project_id}/branches/{branch_id}/endpoints", list_of_branch),
        route(plane, "POST", "/projects/{project_id}/endpoints", create),
        route(plane, "GET", one, read),
        route(plane, "PATCH", one, update),
        route(plane, "DELETE", one, delete),
        route(plane, "POST", f"{one}/start", start),
        route(plane, "POST", f"{one}/suspend", suspend),
        route(plane, "POST", f"{one}/restart", restart),
    ]


def list_all(plane: ControlPlane, call: Call) -> Answer:
    """Return the endpoints of a project."""
    project = plane.project(call.path["project_id"])
    return 200, {"endpoints": [shown(item) for item in plane.store.find(ENDPOINTS, project_id=project["id"])]}


def list_of_branch(plane: ControlPlane, call: Call) -> Answer:
    """Return the endpoints of a branch."""
    branch = plane.branch(call.path["project_id"], call.path["branch_id"])
    return 200, {"endpoints": [shown(item) for item in plane.store.find(ENDPOINTS, branch_id=branch["id"])]}


def create(plane: ControlPlane, call: Call) -> Answer:
    """Create an endpoint; a branch has at most one read-write endpoint."""
    asked = call.part("endpoint")
    branch_id = required(asked, "branch_id")
    validate(asked)
    with plane.change() as change:
        project = plane.project(call.path["project_id"])
        branch = plane.branch(project["id"], branch_id)
        if asked.get("region_id") not in (None, "", project["region_id"]):
            raise invalid(f"region_id must be the project's, {project['region_id']}")
        ensure_one_writer(plane, branch_id, asked["type"])
        plane.operations.ensure_idle(project["id"], branch_id)
        endpoint = documents.endpoint(plane.context.clock(), project, branch["id"], asked)
        plane.store.put(ENDPOINTS, endpoint["id"], endpoint)
        operations = [] if endpoint["disabled"] else change.order(project["id"], starting(endpoint))
    return 201, {"endpoint": shown(endpoint), "operations": operations}


def read(plane: ControlPlane, call: Call) -> Answer:
    """Return one endpoint."""
    return 200, {"endpoint": shown(plane.endpoint(call.path["project_id"], call.path["endpoint_id"]))}


def update(plane: ControlPlane, call: Call) -> Answer:
    """Change settings; disable or enable; move to a branch without a read-write endpoint."""
    asked = call.part("endpoint")
    validate(asked | {"type": TYPES[0]})
    with plane.change() as change:
        project_id = call.path["project_id"]
        endpoint = plane.endpoint(project_id, call.path["endpoint_id"])
        compute_units.check(asked, present=endpoint)
        before = endpoint["disabled"]
        plane.operations.ensure_idle(project_id, endpoint["branch_id"])
        target = text(asked, "branch_id", longest=60)
        if target and target != endpoint["branch_id"]:
            plane.branch(project_id, target)
            ensure_one_writer(plane, target, endpoint["type"])
            plane.operations.ensure_idle(project_id, target)
            endpoint["branch_id"] = target
        endpoint |= {key: asked[key] for key in _CHANGEABLE if asked.get(key) is not None}
        operations = _switched(plane, change, endpoint, before)
    return 200, {"endpoint": shown(endpoint), "operations": operations}


def delete(plane: ControlPlane, call: Call) -> Answer:
    """Delete an endpoint; clients are disconnected, the branch keeps its data."""
    with plane.change() as change:
        project = plane.project(call.path["project_id"])
        endpoint = plane.store.get(ENDPOINTS, call.path["endpoint_id"])
        if endpoint is None or endpoint["project_id"] != project["id"]:
            return 204, None
        branch = plane.store.get(BRANCHES, endpoint["branch_id"])
        if branch and branch["protected"]:
            raise refused("cannot delete a compute endpoint of a protected branch")
        plane.operations.ensure_idle(project["id"], endpoint["branch_id"])
        plane.store.delete(ENDPOINTS, endpoint["id"])
        operations = change.order(project["id"], suspending(endpoint))
    return 200, {"endpoint": shown(endpoint | {"current_state": "idle"}), "operations": operations}


def start(plane: ControlPlane, call: Call) -> Answer:
    """Wake the compute."""
    return _power(plane, call, "start")


def suspend(plane: ControlPlane, call: Call) -> Answer:
    """Suspend the compute, as inactivity would; clients are disconnected, and the next one wakes it."""
    return _power(plane, call, "suspend")


def restart(plane: ControlPlane, call: Call) -> Answer:
    """Stop and start the compute."""
    return _power(plane, call, "restart")


def validate(asked: Document) -> None:
    """Raise ApiError (400) for values out of range."""
    if asked.get("type") not in TYPES:
        raise invalid(f"type must be one of {', '.join(TYPES)}")
    number(asked, "suspend_timeout_seconds", -1, 604800)
    compute_units.check(asked)


def ensure_one_writer(plane: ControlPlane, branch_id: str, type_: str) -> None:
    """Raise ApiError (409) if this would be a second read-write endpoint of the branch."""
    if type_ == "read_write" and plane.store.find(ENDPOINTS, branch_id=branch_id, type=type_):
        raise ApiError(409, "read_write endpoint already exists", "ENDPOINTS_LIMIT_EXCEEDED")


def starting(endpoint: Document) -> Order:
    """Return the order to start an endpoint's compute."""
    return _order("start_compute", endpoint)


def suspending(endpoint: Document) -> Order:
    """Return the order to stop an endpoint's compute."""
    return _order("suspend_compute", endpoint)


def _order(action: str, endpoint: Document) -> Order:
    return Order(action=action, branch_id=endpoint["branch_id"], endpoint_id=endpoint["id"], work=action)


def _switched(plane: ControlPlane, change: Change, endpoint: Document, before: bool) -> list[Document]:
    """Store a changed endpoint; stop or start its compute if `disabled` changed."""
    orders = []
    if endpoint["disabled"] != before:
        orders = [suspending(endpoint) if endpoint["disabled"] else starting(endpoint)]
        endpoint["pending_state"] = "idle" if endpoint["disabled"] else "active"
    endpoint["updated_at"] = timestamp(plane.context.clock())
    plane.store.put(ENDPOINTS, endpoint["id"], endpoint)
    return change.order(endpoint["project_id"], *orders)


def _power(plane: ControlPlane, call: Call, what: str) -> Answer:
    with plane.change() as change:
        endpoint = plane.endpoint(call.path["project_id"], call.path["endpoint_id"])
        plane.operations.ensure_idle(endpoint["project_id"], endpoint["branch_id"])
        if endpoint["disabled"]:
            raise refused("the endpoint is disabled")
        awake = endpoint["current_state"] == "active"
        orders = [suspending(endpoint)] if awake and what != "start" else []
        orders += [starting(endpoint)] if what == "restart" or (what == "start" and not awake) else []
        if orders:
            endpoint["pending_state"] = "idle" if what == "suspend" else "active"
            plane.store.put(ENDPOINTS, endpoint["id"], endpoint)
        operations = change.order(endpoint["project_id"], *orders)
    return 200, {"endpoint": shown(endpoint), "operations": operations}
