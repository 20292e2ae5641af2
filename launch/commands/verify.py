"""`launch verify`: proves from outside that the launch answers as the stack declares."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from launch.report import Finding, Verdict, console, worst
from launch.selection import named
from launch.stack import Outputs
from launch.verify import CONNECT_TO_VARIABLE, SERVER_VARIABLE, Internet, run
from launch.verify.checks import checks

_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.UNSAFE: "bold red", Verdict.UNCHECKED: "yellow"}

_STAND_INS = (SERVER_VARIABLE, CONNECT_TO_VARIABLE, "PGHOSTADDR", "PGPORT")
"""Variables that lead a check elsewhere than the outputs of the stack say."""

_SUMMARIES = {
    Verdict.PASSED: "The launch is as declared.",
    Verdict.UNCHECKED: "Not everything could be checked.",
    Verdict.FAILED: "The launch is not as declared.",
    Verdict.UNSAFE: "Tenants are not isolated.",
}


@click.command("verify")
@click.option("--stack", "name", help="The stack whose outputs are checked; by default PULUMI_STACK or the sandbox's.")
@click.option(
    "--timeout",
    "seconds",
    default=45.0,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds for each check.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
def verify(*, name: str | None, seconds: float, as_json: bool) -> None:
    """Prove that hosts, applications and database answer as declared."""
    stack = named(name)
    outputs = Outputs.of(stack.outputs(secrets=True))
    findings = asyncio.run(examine(outputs, stack.environment, seconds=seconds))
    verdict = worst(findings)
    seen_from = vantage(stack.environment)
    if as_json:
        click.echo(json.dumps({"stack": stack.name, "seen_from": seen_from, **document(findings)}, indent=2))
    else:
        click.echo(f"Stack {stack.name}, seen from {seen_from}.\n")
        show(findings, console())
    sys.exit(verdict.exit_code)


def vantage(environment: Mapping[str, str]) -> str:
    """Where the checks look: what stands in for the internet must not be taken for it."""
    given = [f"{name}={environment[name]}" for name in _STAND_INS if environment.get(name)]
    return " ".join(given) or "the internet"


async def examine(outputs: Outputs, environment: Mapping[str, str], *, seconds: float) -> list[Finding]:
    """Run every check, with progress on standard error where a person looks on. Raises UncheckedError."""
    columns = TextColumn("Checking"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}")
    terminal = Console(stderr=True)
    async with Internet.from_environment(environment) as internet:
        planned = checks(outputs, internet, environment)
        with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
            task = progress.add_task("", total=len(planned))

            def done(finding: Finding) -> None:
                progress.update(task, advance=1, description=f"{finding.subject} {finding.name}")

            return await run(planned, seconds=seconds, done=done)


def document(findings: Sequence[Finding]) -> dict[str, object]:
    """The findings for machines."""
    verdict = worst(findings)
    return {
        "verdict": verdict.value,
        "exit_code": verdict.exit_code,
        "counts": {each.value: sum(finding.verdict is each for finding in findings) for each in Verdict},
        "checks": [
            {
                "subject": finding.subject,
                "check": finding.name,
                "verdict": finding.verdict.value,
                "detail": finding.detail,
                "remedy": finding.remedy,
                "seconds": round(finding.seconds, 3),
            }
            for finding in findings
        ],
    }


def show(findings: Sequence[Finding], out: Console) -> None:
    """The findings for people: a table, then what to do about those that did not pass."""
    table = Table(box=None, pad_edge=False)
    for column in ("what", "check", "result", "detail"):
        table.add_column(column, overflow="fold")
    previous = ""
    for finding in findings:
        result = Text(finding.verdict.value, style=_STYLES[finding.verdict])
        subject = "" if finding.subject == previous else finding.subject
        table.add_row(Text(subject), Text(finding.name), result, Text(finding.detail))
        previous = finding.subject
    out.print(table)
    verdict = worst(findings)
    remedies = dict.fromkeys(finding.remedy for finding in findings if finding.remedy)
    out.print(Text(f"\n{_SUMMARIES[verdict]}", style=_STYLES[verdict]))
    for remedy in remedies:
        out.print(Text(f"  - {remedy}"))
