"""The contents of `plan/launch.yaml`: convoys, beads, their dependencies, and the checks that show they are done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.paths import PROJECT
from launch.inputs import InputError, read_yaml, shown

FILE = PROJECT / "plan" / "launch.yaml"
KEEPS = 2
"""Convoys up to this priority block the launch; the others may follow it."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of a bead."""

    kind: str
    """verify, stack, accounts, file, smoke or record."""
    what: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bead:
    """A piece of work."""

    id: str
    title: str
    convoy: str
    priority: int
    after: tuple[str, ...]
    """Ids of the beads that come first, including the dependencies of its convoy."""
    days: float
    """The work that it takes."""
    checks: tuple[Check, ...]

    @property
    def required(self) -> bool:
        """Whether the launch cannot happen without it."""
        return self.priority <= KEEPS


@dataclass(frozen=True, kw_only=True)
class Convoy:
    """Beads that travel together."""

    id: str
    title: str
    priority: int
    beads: tuple[Bead, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole plan."""

    convoys: tuple[Convoy, ...]
    checkouts: Mapping[str, str]
    """Name and repository of each other checkout that a check reads."""

    @property
    def beads(self) -> tuple[Bead, ...]:
        """The beads of all convoys."""
        return tuple(bead for convoy in self.convoys for bead in convoy.beads)


def load(path: Path = FILE) -> Plan:
    """Load the plan. Raises InputError for an invalid form, unknown names and circular dependencies."""
    document = read_yaml(path, "launch_plan")
    members = {each["id"]: [bead["id"] for bead in each["beads"]] for each in document["convoys"]}
    wrong = list(_wrong(document, members))
    if not wrong:
        plan = Plan(
            convoys=tuple(_convoy(each, members) for each in document["convoys"]),
            checkouts=document.get("checkouts") or {},
        )
        wrong = [f"{' after '.join(circle)}: a circle, so none can begin" for circle in _circles(plan.beads)]
    if wrong:
        raise InputError("; ".join(wrong), where=shown(path), remedy="Correct the names of `after` and `checkout`.")
    return plan


def _convoy(document: Mapping[str, Any], members: Mapping[str, list[str]]) -> Convoy:
    before = _expanded(document.get("after") or (), members)
    beads = tuple(
        Bead(
            id=each["id"],
            title=each["title"],
            convoy=document["id"],
            priority=document["priority"],
            after=tuple(dict.fromkeys([*_expanded(each.get("after") or (), members), *before])),
            days=float(each.get("days", 1)),
            checks=tuple(Check(kind=kind, what=what) for one in each["checks"] for kind, what in one.items()),
        )
        for each in document["beads"]
    )
    return Convoy(id=document["id"], title=document["title"], priority=document["priority"], beads=beads)


def _expanded(names: Any, members: Mapping[str, list[str]]) -> list[str]:  # noqa: ANN401 -- JSON
    """Replace convoys by their beads."""
    return [bead for name in names for bead in members.get(name, [name])]


def _wrong(document: Mapping[str, Any], members: Mapping[str, list[str]]) -> Iterator[str]:
    ids = [*members, *(bead for beads in members.values() for bead in beads)]
    for name in sorted({each for each in ids if ids.count(each) > 1}):
        yield f"{name}: this id is used twice"
    for convoy in document["convoys"]:
        for each in (convoy, *convoy["beads"]):
            for name in each.get("after") or ():
                if name not in ids:
                    yield f"{each['id']}: after {name}, which does not exist"
        for bead in convoy["beads"]:
            for check in bead["checks"]:
                checkout = (check.get("file") or {}).get("checkout")
                if checkout and checkout not in (document.get("checkouts") or {}):
                    yield f"{bead['id']}: the checkout {checkout} is not among `checkouts`"


def _circles(beads: tuple[Bead, ...]) -> Iterator[list[str]]:
    """Yield the first circle of dependencies, if there is one."""
    after = {bead.id: bead.after for bead in beads}
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str] | None:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return None
        for each in after[name]:
            if found := walk(each, [*way, name]):
                return found
        done.add(name)
        return None

    for name in after:
        if found := walk(name, []):
            yield found
            return
