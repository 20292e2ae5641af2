"""What a preview would do to the database: pending files with their locks, and row security before and after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lock:
    """The strongest lock that a file takes on one table."""

    table: str
    mode: str
    """PostgreSQL's name of it."""
    effect: str
    """Whom it makes wait."""
    rows: int | None = None
    """Estimated; None if unknown."""
    bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Pending:
    """A migration that the update would run."""

    file: str
    transaction: bool
    statements: int
    locks: tuple[Lock, ...] = ()
    findings: tuple[str, ...] = ()
    """What the linter says, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class SecurityFact:
    """One fact of row security that would change."""

    kind: str
    """policy, relation, function, grant and so on."""
    object: str
    text: str
    """What differs, a sentence."""
    before: str = ""
    after: str = ""
    """A policy in words; empty where there is none, and for every other kind of fact."""
    needs: str = "update"
    """What puts it right: update, migration or person. An update may leave alone what needs a person."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """How much row security puts in force that is made for the first time."""

    tables: int
    policies: int


@dataclass(frozen=True, kw_only=True)
class Database:
    """What would become of it."""

    pending: tuple[Pending, ...] = ()
    security: tuple[SecurityFact, ...] = ()
    secured: Facts | None = None
    """Set where row security is put in force for the first time."""
    linted: bool = True
    unchecked: tuple[str, ...] = ()
    """What kept us from looking, a sentence each."""

    @property
    def empty(self) -> bool:
        """Whether it stays as it is, as far as could be seen."""
        return not (self.pending or self.security or self.secured or self.unchecked)
