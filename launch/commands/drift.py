"""`launch drift`: whatever of a stack is not as the last update left it, from every side. It changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

import click
from rich.console import Console

from launch.drift import keep, look
from launch.report import Report, verb
from launch.selection import named
from toolchain.report import say


@verb("drift", help="Name what was changed behind the stack's back, and what is beyond it; changes nothing.")
@click.option("--stack", "name", help="The stack to look at; by default PULUMI_STACK or the sandbox's.")
@click.option("--issue", is_flag=True, help="Keep one issue of the stack at GitHub: open while it drifts, else closed.")
def drift(*, name: str | None, issue: bool) -> Report:
    """One verdict over everything."""
    publish = _publisher() if issue else None
    stack = named(name)
    with Console(stderr=True).status(f"Looking at stack {stack.name} …"):
        seen = look(stack)
    report = keep(seen)
    if publish:
        say(f"The issue: {publish(report) or 'none, since there was none before'}")
    return report


def _publisher() -> Callable[[Report], str]:
    """Keeps the issue and returns its address. Raises Problem now where GitHub cannot be asked at all."""
    from launch.publish import publish_issue
    from vendors import GitHub

    github = GitHub.of(os.environ)
    return lambda report: publish_issue(github, report)
