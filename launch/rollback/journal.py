"""A rollback under way, on disk before its first step, so that a later run can go on with one that was killed.

It holds the whole plan: once the database is restored, nothing shows any more what that loses and leaves to a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from contract.paths import PROJECT
from contract.problem import Problem
from contract.whole_file import write_whole
from launch.rollback.model import How, Loss, Plan, Step
from launch.rollback.target import target
from launch.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Journal:
    """The plan of one rollback that is under way."""

    file: Path
    to: int
    restoring: bool
    """Whether the database goes back as well."""
    steps: tuple[Step, ...]
    losses: tuple[Loss, ...]

    @staticmethod
    def place(stack: Stack) -> Path:
        """Return the path of a stack's journal; each backend has its own."""
        backend = hashlib.sha256(stack.environment.get("PULUMI_BACKEND_URL", "").encode()).hexdigest()[:12]
        return PROJECT / ".build" / "rollback" / f"{stack.name}-{backend}.json"

    @classmethod
    def found(cls, stack: Stack) -> Self | None:
        """The journal of a run that did not finish, or None. Raises Problem."""
        file = cls.place(stack)
        try:
            return cls._read(file, json.loads(file.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            remedy = "Remove the file, and begin again with `launch rollback plan`."
            raise Problem(f"the journal cannot be read ({error})", where=str(file), remedy=remedy) from None

    @classmethod
    def begin(cls, stack: Stack, plan: Plan, *, restoring: bool) -> Self:
        """Write it whole, before anything is done."""
        file = cls.place(stack)
        file.parent.mkdir(parents=True, exist_ok=True)
        made = cls(file=file, to=plan.to.number, restoring=restoring, steps=plan.steps, losses=plan.losses)
        document = {
            "to": made.to,
            "restoring": restoring,
            "steps": [asdict(each) for each in made.steps],
            "losses": [asdict(each) for each in made.losses],
        }
        write_whole(file, json.dumps(document))
        return made

    def plan(self, stack: Stack) -> Plan:
        """The plan that the run set out with. Raises Problem."""
        to, undone = target(stack.history(), self.to)
        return Plan(to=to, undone=undone, at=undone[-1].began, steps=self.steps, losses=self.losses)

    def end(self) -> None:
        """Remove it: everything is done and was checked."""
        self.file.unlink(missing_ok=True)

    @classmethod
    def _read(cls, file: Path, document: Mapping[str, Any]) -> Self:
        return cls(
            file=file,
            to=int(document["to"]),
            restoring=bool(document["restoring"]),
            steps=tuple(Step(**{**each, "how": How(each["how"])}) for each in document["steps"]),
            losses=tuple(Loss(**each) for each in document["losses"]),
        )
