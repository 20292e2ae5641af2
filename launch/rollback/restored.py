"""Adjust the state after its database was deliberately returned to an earlier time.

Without this the state keeps the migrations that the ledger has lost, and the next update applies them again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.resource_types import MIGRATIONS, ROW_SECURITY
from database.runner import plan
from launch.rollback.reached import reached
from launch.stack import Stack


def follow(stack: Stack) -> None:
    """Make the state list the migrations that the restored database holds, and refresh what depends on them.

    Raises DatabaseError, and PulumiError while another run holds the stack.
    """
    ledger = plan.look(reached(str(stack.outputs(secrets=True)["owner_database_url"]), stack))
    held = ledger.manifest if ledger else {}
    stack.rewrite(lambda deployment: _remembering(deployment, held))
    resources = stack.resources()
    stack.refresh(only=[str(each["urn"]) for each in resources if each["type"] in (MIGRATIONS, ROW_SECURITY)])


def _remembering(deployment: Mapping[str, Any], held: Mapping[str, str]) -> dict[str, Any]:
    resources = deployment.get("resources") or []
    return {**deployment, "resources": [_without_others(each, held) for each in resources]}


def _without_others(resource: dict[str, Any], held: Mapping[str, str]) -> dict[str, Any]:
    if resource["type"] != MIGRATIONS:
        return resource
    parts = {
        part: {
            **resource[part],
            "files": {name: checksum for name, checksum in resource[part]["files"].items() if name in held},
        }
        for part in ("inputs", "outputs")
        if "files" in (resource.get(part) or {})
    }
    return {**resource, **parts}
