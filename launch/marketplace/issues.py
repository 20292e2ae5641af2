"""An issue that a rule of the directory finds, with the level of the portal's own report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from launch.report import Finding, Verdict


class Level(Enum):
    """What the portal does about an issue."""

    STOP = "validation stops"
    BLOCK = "blocks"
    HOLD = "held for a reviewer"
    WARN = "warning"
    UNKNOWN = "not checked"
    """It could not be determined here."""

    @property
    def verdict(self) -> Verdict:
        """The verdict in a report. A hold or a warning does not prevent a submission, so it is only noted."""
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
    """One issue that a rule found."""

    code: str
    """For machines; the code of `claude plugin validate` if it has one."""
    level: Level
    where: str
    what: str
    fix: str


def findings(subject: str, issues: Iterable[Issue]) -> list[Finding]:
    """Return the issues of one plugin or of the marketplace as findings."""
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
