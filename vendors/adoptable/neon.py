"""What can be adopted at Neon. A second project would be an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vendors.adoptable.model import Candidate, Found, Obstacle, Way
from vendors.existing import Inventory, Wanted

_FIXED = {"region_id": "databaseRegion", "pg_version": "databaseVersion"}
"""Fields whose change replaces a project, and the setting of each."""


def project(inventory: Inventory, wanted: Wanted) -> Found:
    """The projects of that name in the organization."""
    organization, name = str(wanted.get("org_id")), str(wanted.get("name"))
    there = inventory.databases(organization, name)
    if not there:
        return Found(obstacles=_others_in(inventory, organization, name))
    candidates = tuple(
        Candidate(
            what=f"Neon project {each['id']}, named {each['name']!r}", identifier=each["id"], import_id=each["id"]
        )
        for each in there
    )
    refusals = tuple(_replacements(inventory, there[0], wanted)) if len(there) == 1 else ()
    return Found(candidates=candidates, refusals=refusals)


def _others_in(inventory: Inventory, organization: str, name: str) -> tuple[Obstacle, ...]:
    others = inventory.neon.projects(organization)
    if not others:
        return ()
    named = ", ".join(repr(each["name"]) for each in others[:5])
    return (
        Obstacle(
            kind="database",
            what=f"a new Neon project {name!r}",
            identifier="new-database",
            way=Way.ACCEPT,
            why=f"would be empty, and the organization has {named}, one of which may hold the live data",
            remedy="Name the live one: pulumi config set databaseProject NAME",
            consent=True,
        ),
    )


def _replacements(inventory: Inventory, there: dict[str, Any], wanted: Wanted) -> Iterator[str]:
    """Why the project cannot be the declared one without being replaced, which would lose its data."""
    for field, setting in _FIXED.items():
        if wanted.get(field) is not None and there.get(field) != wanted.get(field):
            yield f"Its {field} is {there.get(field)}: pulumi config set {setting} {there.get(field)}"
    branch = wanted.get("branch") or {}
    default = next((each for each in inventory.neon.branches(there["id"]) if each.get("default")), None)
    if default is None:
        yield "It has no default branch: make one the default at Neon."
        return
    if default["name"] != branch.get("name"):
        yield (
            f"Its default branch is named {default['name']!r}: rename it to {branch.get('name')!r} at Neon; the"
            " application does not name it."
        )
    declared = (branch.get("database_name"), branch.get("role_name"))
    databases = [(each["name"], each["owner_name"]) for each in inventory.neon.databases(there["id"], default["id"])]
    if declared not in databases:
        found = ", ".join(f"{name} of {owner}" for name, owner in databases) or "no database"
        yield (
            f"It has {found}, not {declared[0]} of {declared[1]}: name them in components/database.py, because"
            " today's URL uses them."
        )


FINDERS = {"neon:index/project:Project": project}
