"""Until when the database can return to its contents before an update.

Neon keeps the data for any time in its history window, so no restore point has to be created: the restore point is the
time at which the update began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from launch.stack import Setting, Update

_KEY = "prductr:databaseHistorySeconds"
DEFAULT_SECONDS = 21_600
"""Used for a stack whose history does not contain the setting."""


@dataclass(frozen=True, kw_only=True)
class RestorePoint:
    """A time to which the database can return."""

    at: datetime
    until: datetime
    """When Neon drops it."""

    def kept(self, now: datetime | None = None) -> bool:
        """Return whether it is still available."""
        return (now or datetime.now(UTC)) < self.until


def restore_point(update: Update) -> RestorePoint:
    """Return the restore point before an update."""
    seconds = window(update.settings)
    return RestorePoint(at=update.began, until=update.began + timedelta(seconds=seconds))


def window(settings: Mapping[str, Setting]) -> int:
    """Return how many seconds Neon keeps the past."""
    found = settings.get(_KEY)
    return int(found.value) if found and found.value.isdecimal() else DEFAULT_SECONDS
