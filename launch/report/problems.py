"""An error that a person can act on, as a message, a document and an exit code."""

from __future__ import annotations

from contract.problem import Problem
from database.postgres import DatabaseError, RefusedError, UnreachableError, UrlError
from launch.report.exit_codes import ExitCode
from launch.report.findings import NotPassedError

_NO_LOOK = (UnreachableError, RefusedError, UrlError)
"""Errors that mean the database could not be examined. Any other error is about what was found in it."""


def exit_code(problem: Problem) -> ExitCode:
    """The exit code of a verb that ended with this error."""
    if isinstance(problem, NotPassedError):
        return problem.verdict.exit_code
    if isinstance(problem, DatabaseError) and not isinstance(problem, _NO_LOOK):
        return ExitCode.DIFFERENT
    return ExitCode.UNCHECKED


def document(problem: Problem) -> dict[str, str]:
    """The error for machines."""
    return {"error": problem.what, "where": problem.where, "remedy": problem.remedy}
