"""Compute endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.core import Live, snake
from sandbox.providers.neon.client import path, pooled
from sandbox.providers.neon.part import Part, split


class Endpoint(Part):
    """A compute endpoint."""

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield an error for an unknown type."""
        kind = inputs.get("type")
        if isinstance(kind, str) and kind not in ("read_write", "read_only"):
            yield f"{kind} is not supported value for type"

    def create(self, planned: dict[str, Any]) -> Live:
        """Start a compute for a branch."""
        body = {"branch_id": planned["branchId"], "type": planned["type"], **_compute(planned)}
        if planned.get("regionId"):
            body["region_id"] = planned["regionId"]
        where = path("projects", planned["projectId"], "endpoints")
        return self._live(planned, self.client.call("POST", where, json={"endpoint": body})["endpoint"])

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the endpoint."""
        place = state
        if not state:
            project, identifier = split(identifier, "{{.ProjectID}}/{{.EndpointID}}")
            place = {"projectId": project}
        answer = self.client.find(path("projects", place["projectId"], "endpoints", identifier))
        return self._live(place, answer["endpoint"]) if answer else None

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Send all settings to the planned project and branch, under the old id."""
        body = {"branch_id": planned["branchId"], **_compute(planned)}
        where = path("projects", planned["projectId"], "endpoints", identifier)
        return self._live(planned, self.client.call("PATCH", where, json={"endpoint": body})["endpoint"])

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Stop and delete the endpoint."""
        self.client.delete(path("projects", state["projectId"], "endpoints", identifier))

    @staticmethod
    def _live(place: Mapping[str, Any], answer: Mapping[str, Any]) -> Live:
        host = answer["host"]
        state = {
            "projectId": place["projectId"],
            "branchId": answer.get("branch_id"),
            "type": answer.get("type"),
            "host": pooled(host) if answer.get("pooler_enabled") else host,
            "regionId": answer.get("region_id"),
            "autoscalingLimitMinCu": answer.get("autoscaling_limit_min_cu"),
            "autoscalingLimitMaxCu": answer.get("autoscaling_limit_max_cu"),
            "pgSettings": (answer.get("settings") or {}).get("pg_settings") or place.get("pgSettings"),
            "poolerEnabled": answer.get("pooler_enabled", False),
            "poolerMode": answer.get("pooler_mode"),
            "disabled": answer.get("disabled", False),
            "proxyHost": answer.get("proxy_host"),
            "computeProvisioner": answer.get("provisioner"),
            "suspendTimeoutSeconds": answer.get("suspend_timeout_seconds"),
        }
        return Live(str(answer["id"]), {name: value for name, value in state.items() if value is not None})


def _compute(planned: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "disabled": planned.get("disabled", False),
        "pooler_enabled": planned.get("poolerEnabled", False),
        "suspend_timeout_seconds": planned.get("suspendTimeoutSeconds", 0),
    }
    for name in ("poolerMode", "autoscalingLimitMinCu", "autoscalingLimitMaxCu"):
        body |= {snake(name): planned[name]} if planned.get(name) else {}
    body |= {"provisioner": planned["computeProvisioner"]} if planned.get("computeProvisioner") else {}
    return body | ({"settings": {"pg_settings": planned["pgSettings"]}} if planned.get("pgSettings") else {})
