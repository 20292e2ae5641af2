"""What a rule of the directory finds, with the level that the portal's own report gives it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from launch.report import Finding, Verdict


class Level(Enum):
    """What the portal does about it."""

    STOP = "validation stops"
    BLOCK = "blocks"
    HOLD = "held for a reviewer"
    WARN = "warning"
    UNKNOWN = "not checked"
    """It could not be found out here."""

    @property
    def verdict(self) -> Verdict:
        """A hold and a warning keep nobody from submitting: they are worth a word."""
        return _VERDICTS[self]


_VERDICTS = {
    Level.STOP: Verdict.FAILED,
    Level.BLOCK: Verdict.FAILED,
    Level.HOLD: Verdict.NOTED,
    Level.WARN: Verdict.NOTED,
    Level.UNKNOWN: Verdict.UNCHECKED,
}


@dataclass(frozen=True)
class Issue:
    """One thing that a rule found."""

    code: str
    """For machines. Where `claude plugin validate` has a code for it, that one."""
    level: Level
    where: str
    what: str
    fix: str


def findings(subject: str, issues: Iterable[Issue]) -> list[Finding]:
    """The issues of one plugin or of the marketplace, as a report shows them."""
    return [
        Finding(
            subject=subject,
            name=issue.code,
            verdict=issue.level.verdict,
            detail=f"{issue.where}: {issue.what} ({issue.level.value})",
            remedy=issue.fix,
        )
        for issue in issues
    ]
