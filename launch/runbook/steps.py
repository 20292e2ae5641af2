"""What a page is made of: commands with what to expect of them, and the situations that they end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """Why a command is run."""

    SETUP = "setup"
    CHECK = "check"
    MITIGATE = "mitigate"
    CONFIRM = "confirm"
    REPAIR = "repair"
    """Later: put the cause right."""
    UNDO = "undo"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line for a POSIX shell."""

    purpose: Purpose
    command: str
    says: str
    """What it does, and what its answer means."""
    expect: tuple[int, ...] = (0,)
    """Exit codes that are as they should be, the one of the plain case first."""

    def document(self) -> dict[str, Any]:
        """For machines."""
        return {
            "purpose": self.purpose.value,
            "command": self.command,
            "expect": list(self.expect),
            "says": self.says,
        }

    def lines(self) -> list[str]:
        """For a shell: the explanation as a comment, then the command."""
        codes = " or ".join(map(str, self.expect))
        expected = "" if self.expect == (0,) else f" (exit code {codes})"
        return [f"# {self.purpose}: {self.says}{expected}", self.command]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A situation, and the way out of it."""

    id: str
    title: str
    severity: str
    symptom: str
    """What is seen first."""
    impact: str
    call: str
    """Which vendor, and when."""
    undo: str
    """How the mitigation is taken back, or that it cannot be."""
    steps: tuple[Step, ...]

    def document(self) -> dict[str, Any]:
        """For machines."""
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
