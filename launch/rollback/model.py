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
    """What `apply` does: `promote`, `version`, or `restore` where it is asked for; "" where it does nothing."""
    place: str = ""
    """Of an action: the project's id, ACCOUNT/SCRIPT, or PROJECT/BRANCH of a database."""
    wanted: str = ""
    """Of an action: the id of the deployment or version that is to serve, or the time to go back to."""
    kept_as: str = ""
    """Of a restore: the name of the branch that keeps what the database was."""
    remedy: str = ""
    follows_restore: bool = False
    """Whether it only has to be done after the database was restored."""


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
    """What restoring the database loses."""

    def actions(self, *, restoring: bool) -> tuple[Step, ...]:
        """What `apply` does, with the database restored or left as it is."""
        return tuple(step for step in self.steps if step.action and (restoring or step.how is not How.RESTORE))

    def left(self, *, restoring: bool) -> tuple[Step, ...]:
        """What `apply` leaves to a person."""
        return tuple(
            step
            for step in self.steps
            if step.how in (How.NEVER, How.PERSON) or (step.how is How.RESTORE and step.follows_restore is restoring)
        )

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
