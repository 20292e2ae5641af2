"""The effect of a preview on the database: pending files with their locks, and row security before and after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Lock:
    """The strongest lock that a file takes on one table."""

    table: str
    mode: str
    """Its name in PostgreSQL."""
    effect: str
    """The statements that have to wait for it."""
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
    """The linter's findings, one sentence each."""


@dataclass(frozen=True, kw_only=True)
class SecurityFact:
    """One fact of row security that would change."""

    kind: str
    """policy, relation, function, grant and so on."""
    object: str
    text: str
    """The difference, as a sentence."""
    before: str = ""
    after: str = ""
    """A policy in words; empty if there is none, and for every other kind of fact."""
    needs: str = "update"
    """What corrects it: update, migration or person. An update may leave alone what needs a person."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The size of row security that comes into force for the first time."""

    tables: int
    policies: int


@dataclass(frozen=True, kw_only=True)
class Database:
    """The changes to the database."""

    pending: tuple[Pending, ...] = ()
    security: tuple[SecurityFact, ...] = ()
    secured: Facts | None = None
    """Set if row security comes into force for the first time."""
    linted: bool = True
    unchecked: tuple[str, ...] = ()
    """Why something could not be examined, one sentence each."""

    @property
    def empty(self) -> bool:
        """Whether it stays as it is, as far as could be determined."""
        return not (self.pending or self.security or self.secured or self.unchecked)
