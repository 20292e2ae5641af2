"""A way back: parts that return by themselves, parts that need a restore point, parts that cannot, in their order."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from launch.stack import Update


class How(StrEnum):
    """How a part returns."""

    ITSELF = "by itself"
    """The vendor keeps the earlier version, and serves it again within seconds."""
    RESTORE = "needs a restore point"
    """Only with the database of an earlier time; what was written since is lost, or copied by hand."""
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
    """The action of `apply`: `promote`, `version`, or `restore` if requested; "" for none."""
    place: str = ""
    """The action's object: the project's id, ACCOUNT/SCRIPT, or PROJECT/BRANCH of a database."""
    wanted: str = ""
    """The action's target: the id of the deployment or version to serve, or the time to return to."""
    kept_as: str = ""
    """For a restore: the name of the branch that keeps the present database."""
    remedy: str = ""
    follows_restore: bool = False
    """Whether it only has to be done after the database was restored."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """The rows that a table would lose by going back in time."""

    table: str
    rows: int | None
    """Number of rows written since; None if no column records when a row was written."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The way back to the state after a deployment."""

    to: Update
    undone: tuple[Update, ...]
    """The updates to undo, newest first."""
    at: datetime
    """The last moment before the first of them began."""
    steps: tuple[Step, ...]
    """In the order in which they are done."""
    losses: tuple[Loss, ...] = field(default=())
    """The losses of restoring the database."""

    def actions(self, *, restoring: bool) -> tuple[Step, ...]:
        """Return the steps of `apply`, with the database restored or left as it is."""
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
        """The plan as JSON."""
        return {
            "to": self.to.number,
            "commit": self.to.commit,
            "undone": [each.number for each in self.undone],
            "at": self.at.isoformat(),
            "steps": [asdict(step) for step in self.steps],
            "losses": [asdict(loss) for loss in self.losses],
        }
