"""Strangers at Neon: projects of the organization, and branches, roles and databases of the declared project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contract.resource_types import NEON_PROJECT
from launch.strangers.model import Resource, Stranger, of_type
from vendors import Neon

_OF_NEON = frozenset({"authenticated", "anonymous", "authenticator"})
"""Roles that Neon creates by itself for its Data API (assumed)."""
_OF_STACK = frozenset({"prductr_app", "prductr_service"})
"""Roles that row security creates in SQL."""


def strangers(resources: Sequence[Resource], neon: Neon) -> Iterator[Stranger]:
    """Yield the undeclared objects at Neon. Raises VendorError."""
    declared = of_type(resources, NEON_PROJECT)
    ids, names = {each.id for each in declared}, {each.text("name") for each in declared}
    for organization in dict.fromkeys(each.text("orgId") for each in declared if each.text("orgId")):
        for other in neon.projects(organization):
            if other["id"] not in ids:
                yield _project(str(other["id"]), str(other["name"]), names)
    for project in declared:
        yield from _inside(project, neon)


def _project(id_: str, name: str, names: set[str]) -> Stranger:
    what = f"project {id_}, named {name!r}"
    if name in names:
        effect = "has the name of the declared one, and is billed: an interrupted run or a lost state may have made it"
        remedy = "Look into it at Neon, and delete it if it is empty."
        return Stranger(vendor="Neon", beside=name, what=what, effect=effect, remedy=remedy)
    return _orphan("the organization", what, "is billed, and holds nothing of this stack")


def _inside(project: Resource, neon: Neon) -> Iterator[Stranger]:
    name, branches = project.text("name"), neon.branches(project.id)
    for branch in branches:
        if not branch.get("default"):
            what = f"branch {branch['id']}, named {branch['name']!r}"
            yield _orphan(name, what, "holds a copy of the data, and is billed")
    for branch in (each for each in branches if each.get("default")):
        inside = project.outputs.get("branch") or {}
        database, owner = inside.get("databaseName"), inside.get("roleName")
        for each in neon.databases(project.id, branch["id"]):
            if each["name"] != database:
                yield _orphan(name, f"database {each['name']}", "does not belong to this stack")
        for role in neon.roles(project.id, branch["id"]):
            if role["name"] not in _OF_STACK | _OF_NEON | {owner}:
                yield Stranger(
                    vendor="Neon",
                    beside=name,
                    what=f"role {role['name']}, made through the API",
                    effect="bypasses row security: it reads and changes the rows of every tenant",
                    remedy="Delete it at Neon, or make one in SQL that row security binds.",
                    security=True,
                )


def _orphan(beside: str, what: str, effect: str) -> Stranger:
    return Stranger(vendor="Neon", beside=beside, what=what, effect=effect, remedy="", harmless=True)
