"""`launch verify`: prove from outside that the launch responds as the stack declares."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import click

from launch.report import Report, Section, verb
from launch.selection import named
from launch.stack import Stack
from launch.verify.checks import SECONDS, verification


@verb("verify", help="Prove that hosts, applications and database respond as declared.")
@click.option("--stack", "name", help="The stack whose outputs are checked; by default PULUMI_STACK or the sandbox's.")
@click.option(
    "--timeout",
    "seconds",
    default=SECONDS,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Seconds for each check.",
)
@click.option("--orphans", is_flag=True, help="Also report undeclared objects in the accounts.")
def verify(*, name: str | None, seconds: float, orphans: bool) -> Report:
    """Return the report of every check."""
    stack = named(name)
    if not orphans:
        return verification(stack, seconds=seconds)
    with ThreadPoolExecutor(max_workers=1) as pool:
        beyond = pool.submit(_beside, stack)
        verified = verification(stack, seconds=seconds)
        sections, data = beyond.result()
    return replace(verified, sections=(*verified.sections, *sections), data={**verified.data, **data})


def _beside(stack: Stack) -> tuple[tuple[Section, ...], dict[str, Any]]:
    """Return the same look as `launch drift`, and its fields."""
    from launch.drift import around

    found = around(stack)
    return found.sections(), found.data()
