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
    NOTED = "noted"
    """Worth a word, and no fault: what was left alone on purpose, or what nobody can ever see."""
    UNCHECKED = "not checked"
    FAILED = "failed"
    """Not as declared."""
    UNSAFE = "unsafe"
    """Not as declared, and tenants are not isolated."""

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a verb that found this and nothing worse."""
        return _EXIT_CODES[self]

    @property
    def good(self) -> bool:
        """Whether nobody has to do anything about it."""
        return self.exit_code is ExitCode.AS_DECLARED


_EXIT_CODES = {
    Verdict.PASSED: ExitCode.AS_DECLARED,
    Verdict.NOTED: ExitCode.AS_DECLARED,
    Verdict.UNCHECKED: ExitCode.UNCHECKED,
    Verdict.FAILED: ExitCode.DIFFERENT,
    Verdict.UNSAFE: ExitCode.UNSAFE,
}


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
    """The host, resource, file or process that was looked at."""
    name: str
    """What was looked at in it."""
    verdict: Verdict
    detail: str
    """What was seen. Several lines are several facts. Never holds a secret."""
    remedy: str = ""
    """What to do next."""
    needs: tuple[str, ...] = ()
    """What puts it right, for programs: update, migration, person."""
    seconds: float | None = None
    """How long the look took; None where it was not measured."""

    @property
    def security(self) -> bool:
        """Whether tenants may not be isolated."""
        return self.verdict is Verdict.UNSAFE


def worst(findings: Iterable[Finding]) -> Verdict:
    """The verdict of all: the one with the highest exit code. Nothing found means nothing checked."""
    verdicts = [finding.verdict for finding in findings if finding.verdict is not Verdict.NOTED]
    return max(verdicts, key=lambda verdict: verdict.exit_code, default=Verdict.UNCHECKED)
