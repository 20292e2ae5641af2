"""`launch drift`: whatever of a stack is not as the last update left it, from every side. It changes nothing."""

from __future__ import annotations

import click
from rich.console import Console

from launch.drift import keep, look
from launch.report import Report, verb
from launch.selection import named


@verb("drift", help="Name what was changed behind the stack's back, and what is beyond it; changes nothing.")
@click.option("--stack", "name", help="The stack to look at; by default PULUMI_STACK or the sandbox's.")
def drift(*, name: str | None) -> Report:
    """One verdict over everything."""
    stack = named(name)
    with Console(stderr=True).status(f"Looking at stack {stack.name} …"):
        seen = look(stack)
    return keep(seen)
