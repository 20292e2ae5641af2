"""The planned steps of a rollback, on disk before the first one, so that a later run can continue a killed one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from contract.paths import PROJECT
from contract.problem import Problem
from launch.rollback.model import How, Step
from launch.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Journal:
    """The steps of one rollback that is under way."""

    file: Path
    to: int
    steps: tuple[Step, ...]

    @staticmethod
    def place(stack: Stack) -> Path:
        """Return the path of a stack's journal; each backend has its own."""
        backend = hashlib.sha256(stack.environment.get("PULUMI_BACKEND_URL", "").encode()).hexdigest()[:12]
        return PROJECT / ".build" / "rollback" / f"{stack.name}-{backend}.json"

    @classmethod
    def found(cls, stack: Stack) -> Self | None:
        """Return the journal of a run that did not finish, or None. Raises Problem."""
        file = cls.place(stack)
        try:
            document = json.loads(file.read_text())
            steps = tuple(Step(**{**each, "how": How(each["how"])}) for each in document["steps"])
            return cls(file=file, to=int(document["to"]), steps=steps)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            remedy = "Remove the file, and begin anew with `launch rollback plan`."
            raise Problem(f"the journal cannot be read ({error})", where=str(file), remedy=remedy) from None

    @classmethod
    def begin(cls, stack: Stack, to: int, steps: Sequence[Step]) -> Self:
        """Write the whole journal, before any step is done."""
        file = cls.place(stack)
        file.parent.mkdir(parents=True, exist_ok=True)
        made = cls(file=file, to=to, steps=tuple(steps))
        partial = file.with_suffix(".part")
        partial.write_text(json.dumps({"to": to, "steps": [asdict(each) for each in steps]}))
        partial.replace(file)
        return made

    def end(self) -> None:
        """Remove the journal, once everything is done and verified."""
        self.file.unlink(missing_ok=True)
