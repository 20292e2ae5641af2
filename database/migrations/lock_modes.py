"""Modes of table locks, and what each one blocks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """Modes of table locks that a migration takes, weakest first."""

    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def effect(self) -> str:
        """The operations that it blocks."""
        if self is Level.ACCESS_EXCLUSIVE:
            return "reads and writes wait"
        return "writes wait" if self >= Level.SHARE else "nobody waits"

    @property
    def label(self) -> str:
        """PostgreSQL's name for it."""
        return self.name.replace("_", " ").lower()


@dataclass(frozen=True, slots=True)
class TableLock:
    """The strongest lock that a file takes on one table."""

    table: str
    """Its name, or a description if the statement does not name it."""
    level: Level
