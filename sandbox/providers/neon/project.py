"""Projects, with the branch, role, database and endpoint that are created with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.core import HalfMadeError, Live, ProviderError, Resource, camel, schema, snake
from sandbox.providers.neon.client import Client, path, tristate, tristate_problem
from sandbox.providers.neon.connections import connection, read_connection

_TRISTATE = {
    "blockPublicConnections": "block_public_connections",
    "blockVpcConnections": "block_vpc_connections",
    "enableLogicalReplication": "enable_logical_replication",
    "hipaa": "hipaa",
}
"""Settings with the values "yes", "no" or nothing, and their names in the API."""

_ENDPOINT_SETTINGS = ("autoscalingLimitMinCu", "autoscalingLimitMaxCu", "suspendTimeoutSeconds")


class Project(Resource):
    """A Neon project."""

    def __init__(self, declared: schema.Resource, client: Client) -> None:
        super().__init__(declared)
        self.client = client

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield errors for invalid booleans of the provider's own kind."""
        for name in (*_TRISTATE, "storePassword", "allowedIpsProtectedBranchesOnly"):
            problem = tristate_problem(name, inputs.get(name))
            if problem:
                yield problem

    def create(self, planned: dict[str, Any]) -> Live:
        """Create everything with one call; protect the branch with a second one if requested."""
        answer = self.client.call("POST", "/projects", json={"project": _creation(planned)})
        project, branch = answer["project"], answer["branch"]
        found: dict[str, Any] = {}
        try:
            found = connection(self.client, project["id"], branch["id"], answer["endpoints"], answer["databases"])
            protected = planned["defaultBranchProtected"]
            if protected != branch.get("protected", False):
                self._protect(project["id"], branch["id"], protected=protected)
        except ProviderError as error:
            state = _state(planned, project, branch, found)
            raise HalfMadeError(str(error), project["id"], state) from error
        return Live(project["id"], _state(planned, project, {**branch, "protected": protected}, found))

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the project, after five reads: project, branches, endpoints, databases, password."""
        answer = self.client.find(path("projects", identifier))
        if answer is None:
            return None
        branches = self.client.call("GET", path("projects", identifier, "branches"))["branches"]
        default: Mapping[str, Any] = next((branch for branch in branches if branch.get("default")), {})
        found = read_connection(self.client, identifier, default["id"]) if default else {}
        return Live(identifier, _state(state, answer["project"], default, found))

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Send the changes, and always the booleans of the settings."""
        body: dict[str, Any] = {"settings": _settings(planned, updating=True)}
        for name in ("name", "historyRetentionSeconds"):
            if planned.get(name) != state.get(name):
                body[snake(name)] = planned[name]
        if planned.get("defaultEndpointSettings") != state.get("defaultEndpointSettings"):
            body["default_endpoint_settings"] = _endpoint_settings(planned)
        for name in ("quota", "maintenanceWindow"):
            if planned.get(name) != state.get(name) and planned.get(name):
                body["settings"][snake(name)] = _snakes(planned[name])
        self.client.call("PATCH", path("projects", identifier), json={"project": body})
        if planned["defaultBranchProtected"] != state.get("defaultBranchProtected"):
            protected = planned["defaultBranchProtected"]
            self._protect(identifier, state["defaultBranchId"], protected=protected)
        live = self.read(identifier, planned)
        if live is None:
            raise ProviderError(f"the Neon project {identifier} vanished while it was changed")
        return live

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete the project with all its branches."""
        self.client.delete(path("projects", identifier))

    def _protect(self, project: str, branch: str, *, protected: bool) -> None:
        self.client.call(
            "PATCH", path("projects", project, "branches", branch), json={"branch": {"protected": protected}}
        )


def _creation(planned: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name in ("orgId", "name", "regionId", "pgVersion", "historyRetentionSeconds"):
        if planned.get(name) not in (None, ""):
            body[snake(name)] = planned[name]
    if planned.get("computeProvisioner"):
        body["provisioner"] = planned["computeProvisioner"]
    stored = tristate(planned.get("storePassword"))
    body |= {"store_passwords": stored} if stored is not None else {}
    branch = {snake(key): value for key, value in planned.get("branch", {}).items() if value and key != "id"}
    body |= {"branch": branch} if "branch" in planned else {}
    body |= {"default_endpoint_settings": _endpoint_settings(planned)} if "defaultEndpointSettings" in planned else {}
    settings = _settings(planned, updating=False)
    for name in ("quota", "maintenanceWindow"):
        settings |= {snake(name): _snakes(planned[name])} if planned.get(name) else {}
    return body | ({"settings": settings} if settings else {})


def _settings(planned: Mapping[str, Any], *, updating: bool) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    addresses: dict[str, Any] = {"ips": planned["allowedIps"]} if planned.get("allowedIps") else {}
    only_protected = tristate(planned.get("allowedIpsProtectedBranchesOnly"))
    if only_protected is not None and (updating or addresses):
        addresses["protected_branches_only"] = only_protected
    if addresses or updating:
        settings["allowed_ips"] = addresses
    flags = {api: tristate(planned.get(name)) for name, api in _TRISTATE.items()}
    return settings | {api: value for api, value in flags.items() if value is not None}


def _endpoint_settings(planned: Mapping[str, Any]) -> dict[str, Any]:
    settings = planned.get("defaultEndpointSettings") or {}
    return {snake(name): settings[name] for name in _ENDPOINT_SETTINGS if settings.get(name) is not None}


def _snakes(values: Mapping[str, Any]) -> dict[str, Any]:
    return {snake(name): value for name, value in values.items() if value is not None}


def _state(
    known: Mapping[str, Any], project: Mapping[str, Any], branch: Mapping[str, Any], found: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the outputs.

    `known` shows which optional booleans the program set, because the API always returns all of them.
    """
    state: dict[str, Any] = {
        "orgId": project.get("org_id") or known.get("orgId"),
        "name": project["name"],
        "regionId": project.get("region_id"),
        "pgVersion": project.get("pg_version"),
        "historyRetentionSeconds": project.get("history_retention_seconds"),
        "computeProvisioner": project.get("provisioner"),
        "storePassword": "yes" if project.get("store_passwords", True) else "no",
        "branch": {
            "id": branch.get("id"),
            "name": branch.get("name"),
            "roleName": found.get("databaseUser"),
            "databaseName": found.get("databaseName"),
        },
        "defaultBranchId": branch.get("id"),
        "defaultBranchProtected": branch.get("protected", False),
        **found,
    }
    endpoint = dict(known.get("defaultEndpointSettings") or {})
    endpoint |= {camel(key): value for key, value in (project.get("default_endpoint_settings") or {}).items()}
    endpoint = {name: endpoint[name] for name in (*_ENDPOINT_SETTINGS, "id") if endpoint.get(name) is not None}
    state["defaultEndpointSettings"] = endpoint | ({"id": found["defaultEndpointId"]} if found else {})
    state |= _settings_state(known, project.get("settings") or {})
    state["branch"] = {name: value for name, value in state["branch"].items() if value is not None}
    return {name: value for name, value in state.items() if value is not None}


def _settings_state(known: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    addresses = settings.get("allowed_ips") or {}
    state: dict[str, Any] = {"allowedIps": addresses.get("ips") or []}
    answered = {name: settings.get(api) for name, api in _TRISTATE.items()}
    answered["allowedIpsProtectedBranchesOnly"] = addresses.get("protected_branches_only")
    for name, value in answered.items():
        if known.get(name) or value:
            state[name] = {True: "yes", False: "no", None: ""}[value]
    for name in ("quota", "maintenanceWindow"):
        value = settings.get(snake(name))
        state[name] = {camel(key): item for key, item in value.items()} if value else None
    return state
