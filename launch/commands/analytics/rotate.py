"""`launch analytics`: the token of the landing page's beacon."""

from __future__ import annotations

import click

from launch.analytics import rotate as rotated
from launch.report import Report, verb
from launch.selection import named


@click.group()
def analytics() -> None:
    """Web Analytics of the landing page."""


@verb("rotate", group=analytics, help="Replace the analytics token; the history of visits is lost.")
@click.option("--stack", "name", help="The stack whose token is replaced; by default PULUMI_STACK or the sandbox's.")
@click.option(
    "--yes", "confirmed", is_flag=True, help="Accept the loss of the history; without it the loss is only reported."
)
def rotate(*, name: str | None, confirmed: bool) -> Report:
    """Return what was lost, and the proof of the new token."""
    return rotated(named(name), confirmed=confirmed)
