"""An error that a person can act on, as a message, a document and an exit code."""

from __future__ import annotations

import sys

from contract.problem import Problem
from launch.report.exit_codes import ExitCode
from launch.report.findings import NotPassedError


def exit_code(problem: Problem) -> ExitCode:
    """What a verb ends with that ended with this."""
    if isinstance(problem, NotPassedError):
        return problem.verdict.exit_code
    # The driver takes long to import, and many verbs speak to no database: without it there is no such error either.
    if "database.postgres" in sys.modules:
        from database.postgres import DatabaseError, RefusedError, UnreachableError, UrlError

        # Any other error than these tells what was seen there.
        if isinstance(problem, DatabaseError) and not isinstance(problem, UnreachableError | RefusedError | UrlError):
            return ExitCode.DIFFERENT
    return ExitCode.UNCHECKED


def document(problem: Problem) -> dict[str, str]:
    """The error for machines."""
    return {"error": problem.what, "where": problem.where, "remedy": problem.remedy}
