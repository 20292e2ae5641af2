"""A way back: what goes back by itself, what needs a restore point, what cannot, in the order in which it is done."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from launch.stack import Update


class How(StrEnum):
    """How a part goes back."""

    ITSELF = "by itself"
    """The vendor keeps what was there, and serves it again within seconds."""
    RESTORE = "needs a restore point"
    """Only with the database of an earlier time; what was written since is lost, or carried over by hand."""
    PERSON = "needs a person"
    NEVER = "cannot go back"
    SAME = "is as it was"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One part of the launch on its way back."""

    subject: str
    how: How
    detail: str
    action: str = ""
    """What `apply` does: `promote` or `version`; "" where it does nothing."""
    place: str = ""
    """Of an action: the project's id, or ACCOUNT/SCRIPT."""
    wanted: str = ""
    """Of an action: the id of the deployment or version that is to serve."""
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a table would lose by going back in time."""

    table: str
    rows: int | None
    """Written since; None where no column says when a row was written."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The way back to what a deployment had left."""

    to: Update
    undone: tuple[Update, ...]
    """What comes off, newest first."""
    at: datetime
    """The last moment before the first of them began."""
    steps: tuple[Step, ...]
    """In the order in which they are done."""
    losses: tuple[Loss, ...] = field(default=())
    """Named for whoever restores the database; `apply` does not."""

    @property
    def actions(self) -> tuple[Step, ...]:
        """What `apply` does."""
        return tuple(step for step in self.steps if step.action)

    @property
    def document(self) -> dict[str, Any]:
        """For machines."""
        return {
            "to": self.to.number,
            "commit": self.to.commit,
            "undone": [each.number for each in self.undone],
            "at": self.at.isoformat(),
            "steps": [asdict(step) for step in self.steps],
            "losses": [asdict(loss) for loss in self.losses],
        }
