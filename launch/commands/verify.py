"""`launch verify`: proves from outside that the launch answers as the stack declares."""

from __future__ import annotations

import click

from launch.report import Report, verb
from launch.selection import named
from launch.verify.checks import SECONDS, verification


@verb("verify", help="Prove that hosts, applications and database answer as declared.")
@click.option("--stack", "name", help="The stack whose outputs are checked; by default PULUMI_STACK or the sandbox's.")
@click.option(
    "--timeout",
    "seconds",
    default=SECONDS,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds for each check.",
)
def verify(*, name: str | None, seconds: float) -> Report:
    """The report of every check."""
    return verification(named(name), seconds=seconds)
