"""Adjust the state after its database was deliberately returned to an earlier time.

On its own the state keeps migrations that the ledger has lost, and would apply them again to tables that already
contain their changes. After a restore the tables are those of the earlier time as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.resource_types import MIGRATIONS, ROW_SECURITY
from database.runner import plan
from launch.rollback.reached import reached
from launch.stack import Stack


def settle(stack: Stack) -> None:
    """Set the state's migrations to those in the restored database, and read the rest of it anew.

    Raises DatabaseError and PulumiError.
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
