"""What an adoption would do, before any of it is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vendors.adoptable import Obstacle, Other, Way


class Outcome(StrEnum):
    """What becomes of a thing; the value is what people and machines read."""

    ADOPTED = "adopted"
    """Taken into the state as it is."""
    CHANGED = "changed"
    """Taken into the state, or held by it already, and made what is declared."""
    CREATED = "created"
    LEFT_ALONE = "left alone"
    IN_THE_WAY = "in the way"
    AMBIGUOUS = "ambiguous"
    REPLACED = "replaced"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property of a thing."""

    name: str
    before: str
    """As JSON; `[secret]` for what nobody may see."""
    after: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing, and what becomes of it."""

    outcome: Outcome
    name: str
    """The resource's name in the program, or "" for what the program does not declare."""
    kind: str
    """Its type in short, such as DnsRecord."""
    there: str
    """What there is, for people; "" where there is nothing."""
    reason: str
    identifier: str = ""
    """The import id of what is adopted, or the id by which a person allows what is in the way."""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why nothing may happen yet."""

    subject: str
    """The resource, table or row."""
    name: str
    """What was looked at."""
    what: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class InTheWay:
    """An obstacle, and the resource that it is in the way of."""

    resource: str
    urn: str
    obstacle: Obstacle
    allowed: bool
    """Whether a person has allowed it to be dealt with, where that is needed."""

    @property
    def blocks(self) -> bool:
        """Whether nothing may happen because of it."""
        return self.obstacle.way is Way.PERSON or (self.obstacle.consent and not self.allowed)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An adoption, planned."""

    stack: str
    rows: tuple[Row, ...]
    refusals: tuple[Refusal, ...]
    in_the_way: tuple[InTheWay, ...]
    others: tuple[Other, ...]
    decided: Mapping[str, str] = field(default_factory=dict)
    """`TYPE NAME` of each resource that is imported, and its import id."""
    migrations: tuple[str, ...] = ()
    """What the schema's history would do, a line for each fact."""
    unchanged: int = 0
    """Resources that the state holds already, as they are declared."""
    unchecked: tuple[str, ...] = ()
    """What could not be looked at, a sentence each."""
    database: Mapping[str, str] = field(default_factory=dict)
    """Of the Neon project that is adopted: project, database and role; empty where there is none yet."""
    urns: Mapping[str, str] = field(default_factory=dict)
    """Name to URN of every resource that the run would touch or leave as it is."""

    @property
    def moves(self) -> tuple[InTheWay, ...]:
        """Domains that go to another project, last of all."""
        return tuple(each for each in self.in_the_way if each.obstacle.way is Way.MOVE)

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        still = (Outcome.LEFT_ALONE,)
        return not self.in_the_way and all(row.outcome in still for row in self.rows)
