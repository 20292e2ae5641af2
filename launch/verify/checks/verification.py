"""Check a stack's outputs from outside, with findings or a report as the result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from contract.problem import Problem
from launch.report import Finding, Report, Section, Verdict
from launch.stack import Outputs, Stack
from launch.verify.checks.suite import checks, database_checks
from launch.verify.dns import SERVER_VARIABLE
from launch.verify.run import run
from launch.verify.visitor import CONNECT_TO_VARIABLE, Internet

SECONDS = 45.0
"""Timeout of each check."""

_STAND_INS = (SERVER_VARIABLE, CONNECT_TO_VARIABLE, "PGHOSTADDR", "PGPORT")
"""Variables that make checks connect to something other than the internet."""

_SUMMARIES = {
    Verdict.PASSED: "The launch is as declared.",
    Verdict.FAILED: "The launch is not as declared.",
}


def verification(stack: Stack, *, seconds: float = SECONDS) -> Report:
    """Run every check of a stack. Raises Problem if its outputs cannot be read or a variable is malformed."""
    outputs = Outputs.of(stack.outputs(secrets=True))
    findings = asyncio.run(examine(outputs, stack.environment, seconds=seconds))
    seen_from = vantage(stack.environment)
    return Report(
        title="Verification",
        kind="verify",
        stack=stack.name,
        facts={"seen from": seen_from},
        sections=(Section(findings=tuple(findings)),),
        summaries=_SUMMARIES,
        data={"seen_from": seen_from},
    )


def inspected(
    outputs: Mapping[str, Any], environment: Mapping[str, str], *, seconds: float = SECONDS
) -> tuple[Finding, ...]:
    """Return the findings of every check, without progress, for a verb that does more. A Problem becomes a finding."""
    try:
        return tuple(asyncio.run(examine(Outputs.of(outputs), environment, seconds=seconds, shown=False)))
    except Problem as error:
        found = Finding(
            subject="outside", name="checks", verdict=Verdict.UNCHECKED, detail=error.what, remedy=error.remedy
        )
        return (found,)


def vantage(environment: Mapping[str, str]) -> str:
    """Return where the checks connect to: a stand-in for the internet must not be mistaken for it."""
    given = [f"{name}={environment[name]}" for name in _STAND_INS if environment.get(name)]
    return " ".join(given) or "the internet"


async def examine(
    outputs: Outputs, environment: Mapping[str, str], *, seconds: float, shown: bool = True
) -> list[Finding]:
    """Run every check, with progress on standard error if `shown` and that is a terminal. Raises UncheckedError."""
    columns = TextColumn("Checking"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    terminal = Console(stderr=True)
    async with Internet.from_environment(environment) as internet:
        planned = checks(outputs, internet, environment)
        with Progress(
            *columns, console=terminal, transient=True, disable=not (shown and terminal.is_terminal)
        ) as progress:
            task = progress.add_task("", total=len(planned))

            def done(finding: Finding) -> None:
                progress.update(task, advance=1, description=f"{finding.subject} {finding.name}")

            return await run(planned, seconds=seconds, done=done)


def database_findings(
    application_url: str, environment: Mapping[str, str], *, subject: str = "database", seconds: float = SECONDS
) -> list[Finding]:
    """Check the database behind this URL of the application's role: reachable, isolates tenants, keeps the rules."""
    return asyncio.run(
        run(database_checks(application_url, environment, subject), seconds=seconds, done=lambda _: None)
    )
