"""What a check can find, and what that means for the exit code."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from contract.problem import Problem
from launch.report.exit_codes import ExitCode


class Verdict(Enum):
    """The result of one check; the value is what people and machines read."""

    PASSED = "passed"
    FAILED = "failed"
    UNSAFE = "unsafe"
    """It failed, and tenants are not isolated."""
    UNCHECKED = "not checked"

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a verification that found this and nothing worse."""
        return {
            Verdict.PASSED: ExitCode.AS_DECLARED,
            Verdict.UNCHECKED: ExitCode.UNCHECKED,
            Verdict.FAILED: ExitCode.DIFFERENT,
            Verdict.UNSAFE: ExitCode.UNSAFE,
        }[self]


class NotPassedError(Problem):
    """A check did not pass: what was found, with the values that were seen, and what to do next."""

    verdict = Verdict.UNCHECKED

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(detail, remedy=remedy)


class UncheckedError(NotPassedError):
    """It could not be found out."""


class FailedError(NotPassedError):
    """It is not as declared."""

    verdict = Verdict.FAILED


class UnsafeError(NotPassedError):
    """It is not as declared, and tenants are not isolated."""

    verdict = Verdict.UNSAFE


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something to find out. `run` returns what was seen if it is as declared, else raises NotPassedError."""

    subject: str
    """The host, or `database`."""
    name: str
    run: Callable[[], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found."""

    subject: str
    name: str
    verdict: Verdict
    detail: str
    remedy: str = ""
    seconds: float = 0.0


def worst(findings: Iterable[Finding]) -> Verdict:
    """The verdict of all: the one with the highest exit code. Nothing found means nothing checked."""
    verdicts = [finding.verdict for finding in findings]
    return max(verdicts, key=lambda verdict: verdict.exit_code, default=Verdict.UNCHECKED)
