"""The verdicts of checks, and their exit codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from contract.problem import Problem
from launch.report.exit_codes import ExitCode


class Verdict(Enum):
    """The result of one check. People and machines read the value."""

    PASSED = "passed"
    NOTED = "noted"
    """Worth mentioning, but not a fault: left alone on purpose, or impossible to observe."""
    UNCHECKED = "not checked"
    FAILED = "failed"
    """Not as declared."""
    UNSAFE = "unsafe"
    """Not as declared, and tenants are not isolated."""

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of a verb with this as its worst verdict."""
        return _EXIT_CODES[self]

    @property
    def good(self) -> bool:
        """Whether nobody has to act on it."""
        return self.exit_code is ExitCode.AS_DECLARED


_EXIT_CODES = {
    Verdict.PASSED: ExitCode.AS_DECLARED,
    Verdict.NOTED: ExitCode.AS_DECLARED,
    Verdict.UNCHECKED: ExitCode.UNCHECKED,
    Verdict.FAILED: ExitCode.DIFFERENT,
    Verdict.UNSAFE: ExitCode.UNSAFE,
}


class NotPassedError(Problem):
    """A check did not pass: what was found, with the observed values, and what to do next."""

    verdict = Verdict.UNCHECKED

    def __init__(self, detail: str, remedy: str = "") -> None:
        super().__init__(detail, remedy=remedy)


class UncheckedError(NotPassedError):
    """It could not be checked."""


class FailedError(NotPassedError):
    """It is not as declared."""

    verdict = Verdict.FAILED


class UnsafeError(NotPassedError):
    """It is not as declared, and tenants are not isolated."""

    verdict = Verdict.UNSAFE


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something to check. `run` returns its observation if that is as declared, else it raises NotPassedError."""

    subject: str
    """The host, or `database`."""
    name: str
    run: Callable[[], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check found."""

    subject: str
    """The host, resource, file or process that was examined."""
    name: str
    """Which aspect of it was examined."""
    verdict: Verdict
    detail: str
    """What was seen. Several lines are several facts. Never holds a secret."""
    remedy: str = ""
    """What to do next."""
    needs: tuple[str, ...] = ()
    """What would repair it, for programs: update, migration or person."""
    seconds: float | None = None
    """Duration of the check; None if it was not measured."""

    @property
    def security(self) -> bool:
        """Whether the isolation of tenants may be broken."""
        return self.verdict is Verdict.UNSAFE


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the verdict with the highest exit code. No findings means that nothing was checked."""
    verdicts = [finding.verdict for finding in findings if finding.verdict is not Verdict.NOTED]
    return max(verdicts, key=lambda verdict: verdict.exit_code, default=Verdict.UNCHECKED)
