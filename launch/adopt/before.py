"""The state before an adoption changes it, as far as the way back needs it. It contains no secret."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from contract import resource_types as kinds
from launch.adopt.hands import PROJECT_FIELDS, RECORD_FIELDS, Hands
from launch.adopt.model import Outcome, Plan

KEY = "before"
"""Key of the journal's entry."""


def before(plan: Plan, hands: Hands) -> dict[str, Any]:
    """Return the records, the zone's settings and the projects that are adopted, as they are. Raises VendorError."""
    records: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    projects: dict[str, Any] = {}
    zones: dict[str, dict[str, Any]] = {}
    for key, identifier in plan.decided.items():
        kind, _, name = key.partition(" ")
        zone, _, own = identifier.rpartition("/")
        if kind == kinds.DNS_RECORD:
            if zone not in zones:
                zones[zone] = {each["id"]: each for each in hands.cloudflare.dns_records(zone)}
            found = zones[zone][own]
            records[identifier] = {field: found[field] for field in RECORD_FIELDS if found.get(field) is not None}
            records[identifier].setdefault("comment", "")
        elif kind == kinds.ZONE_SETTING:
            settings[identifier] = hands.cloudflare.setting(zone, own)
        elif kind == kinds.VERCEL_PROJECT:
            found = hands.vercel.project(identifier) or {}
            fields = {field: found.get(field) for field in PROJECT_FIELDS if field in found}
            projects[identifier] = {"name": name, "production": hands.production(identifier), "fields": fields}
    return {
        "kind": KEY,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "decided": dict(plan.decided),
        "created": sorted(
            {row.name for row in plan.rows if row.outcome is Outcome.CREATED} - {each.resource for each in plan.moves}
        ),
        "records": records,
        "settings": settings,
        "projects": projects,
        "database": dict(plan.database),
        "overwritten": {
            row.name: row.there
            for row in plan.rows
            if row.kind == "ProjectEnvironmentVariable" and row.changes and row.there
        },
    }


def merged(first: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Return the state before the first run, plus the earlier state of whatever only a later run adopts."""
    if not first:
        return later
    # The first run may have died after creating a resource and before the state recorded it. A later run adopts that
    # resource, but it is still the stack's own.
    made = set(first["created"])
    own = {identifier for key, identifier in later["decided"].items() if key.partition(" ")[2] in made}
    joined = {**first}
    for name in ("records", "settings", "projects"):
        joined[name] = {**{key: each for key, each in later[name].items() if key not in own}, **first[name]}
    decided = {key: each for key, each in later["decided"].items() if each not in own}
    joined["decided"] = {**decided, **first["decided"]}
    joined["database"] = {**later["database"], **first["database"]}
    overwritten = {name: what for name, what in later["overwritten"].items() if name not in made}
    joined["overwritten"] = {**overwritten, **first["overwritten"]}
    return joined
