"""Finds wanted resources at Neon."""

from __future__ import annotations

from typing import Any

from vendors.existing.compare import differences, made_together
from vendors.existing.inventory import Inventory
from vendors.existing.model import Found, Wanted


def project(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The project of that name in the organization. A lost answer never leaves one with data behind."""
    there = inventory.databases(str(wanted.get("org_id")), str(wanted.get("name")))
    if not there:
        return None
    first, *others = there
    differs = _differences(inventory, first, wanted)
    same = [] if differs else [each["id"] for each in others if not _differences(inventory, each, wanted)]
    if len(same) < len(others) or not made_together([str(each["created_at"]) for each in there]):
        differs = (*differs, f"is one of {len(there)} of this name")
    return Found(
        wanted=wanted,
        what=f"Neon project {first['id']}, named {first['name']!r}",
        identifier=first["id"],
        import_id=first["id"],
        differs=differs,
        copies=tuple(same),
        remedy="or give the declared one another name in the settings: a second one would be empty",
    )


def copies(inventory: Inventory, wanted: Wanted, held: str) -> list[str]:
    """Ids of empty projects of the same name that retries of one request created beside the project `held`."""
    there = {each["id"]: each for each in inventory.databases(str(wanted.get("org_id")), str(wanted.get("name")))}
    mine = there.pop(held, None)
    return [
        identifier
        for identifier, each in there.items()
        if mine
        and made_together([str(each["created_at"]), str(mine["created_at"])])
        and not _differences(inventory, each, wanted)
    ]


def _differences(inventory: Inventory, there: dict[str, Any], wanted: Wanted) -> tuple[str, ...]:
    fields = ("region_id", "pg_version", "history_retention_seconds")
    found = differences(there, {name: wanted.get(name) for name in fields})
    return found or _held(inventory, there["id"], wanted)


def _held(inventory: Inventory, identifier: str, wanted: Wanted) -> tuple[str, ...]:
    """Why its default branch is not the empty one that the program creates."""
    branch = wanted.get("branch") or {}
    default = next((each for each in inventory.neon.branches(identifier) if each.get("default")), None)
    if default is None or default["name"] != branch.get("name"):
        return ("has another default branch",)
    declared = (branch.get("database_name"), branch.get("role_name"))
    databases = inventory.neon.databases(identifier, default["id"])
    if [(each["name"], each["owner_name"]) for each in databases] != [declared]:
        return ("has other databases or owners",)
    url = inventory.neon.connection_uri(identifier, database=str(declared[0]), role=str(declared[1]))
    try:
        held = inventory.holds_data(url)
    except Exception:  # whatever the reason: what cannot be examined does not count as empty
        return ("cannot be examined, so it may hold data",)
    return ("holds data",) if held else ()


FINDERS = {"neon:index/project:Project": project}
COPIES = {"neon:index/project:Project": copies}
