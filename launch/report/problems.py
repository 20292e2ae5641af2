"""An error that a person can act on, as a message, a document and an exit code."""

from __future__ import annotations

from contract.problem import Problem
from launch.report.exit_codes import ExitCode
from launch.report.findings import NotPassedError


def exit_code(problem: Problem) -> ExitCode:
    """Return the exit code of a verb that ended with this error."""
    if isinstance(problem, NotPassedError):
        return problem.verdict.exit_code
    # A costly import that only a failed verb needs.
    from database.postgres import DatabaseError, RefusedError, UnreachableError, UrlError

    no_look = (UnreachableError, RefusedError, UrlError)  # any other error reports a fact about the database
    if isinstance(problem, DatabaseError) and not isinstance(problem, no_look):
        return ExitCode.DIFFERENT
    return ExitCode.UNCHECKED


def document(problem: Problem) -> dict[str, str]:
    """Return the error for machines."""
    return {"error": problem.what, "where": problem.where, "remedy": problem.remedy}
