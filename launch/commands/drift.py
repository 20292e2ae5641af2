"""`launch drift`: what differs from what the last update left, each difference in words. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from rich.console import Console

from launch.drift import Beside, Watch
from launch.report import Report, verb
from launch.selection import named
from launch.stack import PulumiError, Stack
from launch.strangers import strangers
from vendors import Access


@verb("drift", help="Name what was changed behind the stack's back; changes nothing.")
@click.option("--stack", "name", help="The stack to look at; by default PULUMI_STACK or the sandbox's.")
def drift(*, name: str | None) -> Report:
    """The report of what the engine saw on a refresh."""
    stack = named(name)
    watch = Watch()
    outputs = stack.outputs()
    off = sorted(outputs.get("protections_off", {}))
    with Console(stderr=True).status(f"Looking at stack {stack.name} …"):
        try:
            stack.look(watch)
        except PulumiError as error:
            raise PulumiError("\n".join(dict.fromkeys([error.what, *watch.errors])), remedy=error.remedy) from None
    if not watch.looked_at:
        raise PulumiError(
            "it has no resources, so that none was looked at: nothing is deployed",
            where=f"stack {stack.name}",
            remedy="Run `pulumi up` first.",
        )
    return watch.report(stack.name, protections_off=off, beside=_beside(stack, outputs))


def _beside(stack: Stack, outputs: Mapping[str, Any]) -> Beside:
    """What the accounts hold beyond the stack."""
    absent = [host for host, entry in (outputs.get("hosts") or {}).items() if entry["kind"] == "absent"]
    try:
        access = Access.of(stack.configuration(), stack.environment)
    except ValueError as error:
        return Beside(unchecked=(str(error),))
    found, unchecked = strangers(stack.resources(), access, absent=absent)
    return Beside(tuple(found), tuple(unchecked))
