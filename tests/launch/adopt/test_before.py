"""The way back releases resources that existed before, and deletes those of the stack, including those that a killed
run created and the next one had to adopt.
"""

from __future__ import annotations

from typing import Any

from contract import resource_types as kinds
from launch.adopt.before import merged

FIRST: dict[str, Any] = {
    "at": "2026-11-30T20:00:00+00:00",
    "decided": {f"{kinds.DNS_RECORD} dns-apex": "z/r1", f"{kinds.VERCEL_PROJECT} dashboard-project": "p1"},
    "created": ["dns-www", "landing-project", "dashboard-conductor-database-url"],
    "records": {"z/r1": {"content": "76.76.21.21", "ttl": 1}},
    "settings": {},
    "projects": {"p1": {"name": "dashboard-project", "production": "before", "fields": {}}},
    "database": {"project": "n1"},
    "overwritten": {"dashboard-enable-rls": "variable ENABLE_RLS"},
}
LATER: dict[str, Any] = {
    "at": "2026-11-30T20:05:00+00:00",
    "decided": {
        f"{kinds.DNS_RECORD} dns-www": "z/r2",
        f"{kinds.VERCEL_PROJECT} landing-project": "p2",
        f"{kinds.VERCEL_VARIABLE} dashboard-conductor-database-url": "p1/v9",
        f"{kinds.VERCEL_DOMAIN} landing-domain": "p2/prductr.com",
        f"{kinds.DNS_RECORD} dns-spf": "z/r3",
    },
    "created": [],
    "records": {"z/r2": {"ttl": 1}, "z/r3": {"ttl": 3600}},
    "settings": {},
    "projects": {"p2": {"name": "landing-project", "production": "", "fields": {}}},
    "database": {},
    "overwritten": {"dashboard-conductor-database-url": "variable CONDUCTOR_DATABASE_URL"},
}


def test_resources_of_a_killed_run_are_not_recorded_as_earlier_ones() -> None:
    found = merged(FIRST, LATER)
    assert set(found["decided"].values()) == {"z/r1", "p1", "p2/prductr.com", "z/r3"}
    assert found["records"] == FIRST["records"] | {"z/r3": {"ttl": 3600}}
    assert found["projects"] == FIRST["projects"]
    assert found["overwritten"] == FIRST["overwritten"]
    assert (found["at"], found["database"]) == (FIRST["at"], FIRST["database"])


def test_the_first_run_records_the_earlier_resources() -> None:
    assert merged({}, LATER) == LATER
    changed = {**LATER, "decided": FIRST["decided"], "records": {"z/r1": {"content": "76.76.21.21", "ttl": 300}}}
    assert merged(FIRST, changed)["records"] == FIRST["records"]
