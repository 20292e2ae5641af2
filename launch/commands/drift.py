"""`launch drift`: everything of a stack that differs from the last update, from every side. It changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable

import click
from rich.console import Console

from launch.drift import keep, look
from launch.report import Report, verb
from launch.selection import named
from toolchain.report import say


@verb("drift", help="Report what was changed behind the stack's back, and what is undeclared; changes nothing.")
@click.option("--stack", "name", help="The stack to look at; by default PULUMI_STACK or the sandbox's.")
@click.option("--issue", is_flag=True, help="Keep one issue of the stack at GitHub: open during drift, else closed.")
def drift(*, name: str | None, issue: bool) -> Report:
    """Return one verdict over everything."""
    publish = _publisher() if issue else None
    stack = named(name)
    with Console(stderr=True).status(f"Looking at stack {stack.name} …"):
        seen = look(stack)
    report = keep(seen)
    if publish:
        say(f"The issue: {publish(report) or 'none, since there was none before'}")
    return report


def _publisher() -> Callable[[Report], str]:
    """Return a function that updates the issue and returns its address. Raises Problem now if GitHub is unusable."""
    from launch.publish import publish_issue
    from vendors import GitHub

    github = GitHub.of(os.environ)
    click.get_current_context().call_on_close(github.api.close)
    return lambda report: publish_issue(github, report)
