"""Until when the database can go back to how it was before an update.

Neon keeps what is needed for any moment of its history window, so that a restore point need not be made: it is the
moment in which the update began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from launch.stack import Setting, Update

_KEY = "prductr:databaseHistorySeconds"
DEFAULT_SECONDS = 21_600
"""Of a stack whose history does not say it."""


@dataclass(frozen=True, kw_only=True)
class RestorePoint:
    """A moment to which the database can go back."""

    at: datetime
    until: datetime
    """When Neon forgets it."""

    def kept(self, now: datetime | None = None) -> bool:
        """Whether it can still be had."""
        return (now or datetime.now(UTC)) < self.until


def restore_point(update: Update) -> RestorePoint:
    """That of the moment before an update."""
    seconds = window(update.settings)
    return RestorePoint(at=update.began, until=update.began + timedelta(seconds=seconds))


def window(settings: Mapping[str, Setting]) -> int:
    """Seconds for which Neon keeps the past."""
    found = settings.get(_KEY)
    return int(found.value) if found and found.value.isdecimal() else DEFAULT_SECONDS
