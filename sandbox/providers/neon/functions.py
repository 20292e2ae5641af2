"""Functions that read. Their results are not marked secret, because the bridge marks none, despite the schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.neon.client import Client, path
from sandbox.providers.neon.connections import read_connection

Arguments = Mapping[str, Any]

_CONNECTION = (
    "databaseHost",
    "databaseHostPooler",
    "databaseName",
    "databaseUser",
    "databasePassword",
    "connectionUri",
    "connectionUriPooler",
)


def get_project(client: Client, arguments: Arguments) -> dict[str, Any]:
    """Return a project and the connection to its default branch, after five reads."""
    identifier = arguments["id"]
    project = client.call("GET", path("projects", identifier))["project"]
    branches = client.call("GET", path("projects", identifier, "branches"))["branches"]
    default = next((branch["id"] for branch in branches if branch.get("default") or branch.get("primary")), "")
    found = read_connection(client, identifier, default)
    outputs = {name: found[name] for name in _CONNECTION}
    return {"id": identifier, "name": project["name"], "defaultBranchId": default, **outputs}


def get_branches(client: Client, arguments: Arguments) -> dict[str, Any]:
    """Return all branches of a project."""
    project = arguments["projectId"]
    branches = [
        {
            "id": branch["id"],
            "name": branch["name"],
            "parentId": branch.get("parent_id") or "",
            "logicalSize": branch.get("logical_size") or 0,
            "primary": bool(branch.get("primary", branch.get("default"))),
        }
        for branch in client.call("GET", path("projects", project, "branches"))["branches"]
    ]
    return {"id": f"{project}/branches", "projectId": project, "branches": branches}


def get_branch_endpoints(client: Client, arguments: Arguments) -> dict[str, Any]:
    """Return all endpoints of a branch."""
    project, branch = arguments["projectId"], arguments["branchId"]
    endpoints = [
        {
            "id": endpoint["id"],
            "host": endpoint["host"],
            "type": endpoint["type"],
            "regionId": endpoint.get("region_id", ""),
            "proxyHost": endpoint.get("proxy_host", ""),
        }
        for endpoint in client.call("GET", path("projects", project, "branches", branch, "endpoints"))["endpoints"]
    ]
    return {"id": f"{project}/{branch}", "projectId": project, "branchId": branch, "endpoints": endpoints}


def get_branch_roles(client: Client, arguments: Arguments) -> dict[str, Any]:
    """Return all roles of a branch."""
    project, branch = arguments["projectId"], arguments["branchId"]
    roles = [
        {"name": role["name"], "protected": role.get("protected", False)}
        for role in client.call("GET", path("projects", project, "branches", branch, "roles"))["roles"]
    ]
    return {"id": f"{project}/{branch}/roles", "projectId": project, "branchId": branch, "roles": roles}


def get_branch_role_password(client: Client, arguments: Arguments) -> dict[str, Any]:
    """Return a role's password in clear text."""
    project, branch, role = (arguments[name] for name in ("projectId", "branchId", "roleName"))
    where = path("projects", project, "branches", branch, "roles", role, "reveal_password")
    return {
        "id": f"{project}/{branch}/{role}/password",
        "projectId": project,
        "branchId": branch,
        "roleName": role,
        "password": client.call("GET", where)["password"],
    }
