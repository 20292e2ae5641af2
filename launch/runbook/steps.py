"""The parts of a page: commands with their expected results, and the situations that they end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """The purpose of a command."""

    SETUP = "setup"
    CHECK = "check"
    MITIGATE = "mitigate"
    CONFIRM = "confirm"
    REPAIR = "repair"
    """Later: correct the cause."""
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line for a POSIX shell."""

    purpose: Purpose
    command: str
    says: str
    """What it does, and what its result means."""
    expect: tuple[int, ...] = (0,)
    """Expected exit codes, the one of the usual case first."""

    def document(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "purpose": self.purpose.value,
            "command": self.command,
            "expect": list(self.expect),
            "says": self.says,
        }

    def lines(self) -> list[str]:
        """Return the lines for a shell: the explanation as a comment, then the command."""
        codes = " or ".join(map(str, self.expect))
        expected = "" if self.expect == (0,) else f" (exit code {codes})"
        return [f"# {self.purpose}: {self.says}{expected}", self.command]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """An incident, and the way out of it."""

    id: str
    title: str
    severity: str
    symptom: str
    """The first visible sign."""
    impact: str
    call: str
    """The vendor to call, and when."""
    undo: str
    """How to undo the mitigation, or that it cannot be undone."""
    steps: tuple[Step, ...]

    def document(self) -> dict[str, Any]:
        """Return the scenario as JSON."""
        return {
            "id": self.id,
            "title": self.title,
            "severity": self.severity,
            "symptom": self.symptom,
            "impact": self.impact,
            "call": self.call,
            "undo": self.undo,
            "steps": [step.document() for step in self.steps],
        }
