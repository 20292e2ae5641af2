"""The plan of an adoption, before any of it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vendors.adoptable import Obstacle, Other, Way


class Outcome(StrEnum):
    """What becomes of a resource or an object at a vendor; people and machines read the value."""

    ADOPTED = "adopted"
    """Taken into the state as it is."""
    CHANGED = "changed"
    """Taken into the state, or in it already, and changed to match the declaration."""
    CREATED = "created"
    LEFT_ALONE = "left alone"
    IN_THE_WAY = "in the way"
    AMBIGUOUS = "ambiguous"
    REPLACED = "replaced"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changed property."""

    name: str
    before: str
    """As JSON; `[secret]` for a secret value."""
    after: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource or object, and what becomes of it."""

    outcome: Outcome
    name: str
    """The resource's name in the program, or "" if the program does not declare it."""
    kind: str
    """Its short type, such as DnsRecord."""
    there: str
    """A description of what exists, for people; "" if nothing does."""
    reason: str
    identifier: str = ""
    """The import id of an adopted resource, or the id by which a person allows an obstacle to be removed."""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A reason why nothing may happen yet."""

    subject: str
    """The resource, table or row."""
    name: str
    """The name of the check."""
    what: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class InTheWay:
    """An obstacle, and the resource that it blocks."""

    resource: str
    urn: str
    obstacle: Obstacle
    beside: tuple[str, ...] = ()
    """URNs of the records of the same host, which wait for it."""
    allowed: bool
    """Whether a person has allowed it to be dealt with, if that is needed."""

    @property
    def blocks(self) -> bool:
        """Whether it stops the whole adoption."""
        return self.obstacle.way is Way.PERSON or (self.obstacle.consent and not self.allowed)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A planned adoption."""

    stack: str
    rows: tuple[Row, ...]
    refusals: tuple[Refusal, ...]
    in_the_way: tuple[InTheWay, ...]
    others: tuple[Other, ...]
    decided: Mapping[str, str] = field(default_factory=dict)
    """Maps `TYPE NAME` of each imported resource to its import id."""
    migrations: tuple[str, ...] = ()
    """What the migrations would do, one line per fact."""
    unchanged: int = 0
    """The number of resources that the state already holds as declared."""
    unchecked: tuple[str, ...] = ()
    """What could not be examined, one sentence each."""
    database: Mapping[str, str] = field(default_factory=dict)
    """Project, database and role of the adopted Neon project; empty if there is none yet."""
    urns: Mapping[str, str] = field(default_factory=dict)
    """Maps the name of every resource that the run would touch or leave as it is to its URN."""

    @property
    def moves(self) -> tuple[InTheWay, ...]:
        """Domains that go to another project, after everything else."""
        return tuple(each for each in self.in_the_way if each.obstacle.way is Way.MOVE)

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        still = (Outcome.LEFT_ALONE,)
        return not self.in_the_way and all(row.outcome in still for row in self.rows)
