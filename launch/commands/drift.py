"""`launch drift`: what differs from what the last update left, each difference in words. It changes nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from launch.drift import Drift, Watch
from launch.report import ExitCode, console
from launch.selection import named
from launch.stack import PulumiError


@click.command("drift")
@click.option("--stack", "name", help="The stack to look at; by default PULUMI_STACK or the sandbox's.")
@click.option("--json", "as_json", is_flag=True, help="Print the drift as one JSON object.")
def drift(*, name: str | None, as_json: bool) -> None:
    """Name what was changed behind the stack's back; changes nothing."""
    stack = named(name)
    watch = Watch()
    off = sorted(stack.outputs().get("protections_off", {}))
    with Console(stderr=True).status(f"Looking at stack {stack.name} …"):
        try:
            stack.look(watch)
        except PulumiError as error:
            raise PulumiError("\n".join(dict.fromkeys([str(error), *watch.errors]))) from None
    if not watch.looked_at:
        what = f"Stack {stack.name} has no resources, so that none was looked at: nothing is deployed."
        raise PulumiError(f"{what} Run `pulumi up` first.")
    code = exit_code(watch.drifts)
    if as_json:
        click.echo(json.dumps({"stack": stack.name, "protections_off": off, **document(watch)}, indent=2))
    else:
        _show(stack.name, watch)
        for key in off:
            click.echo(
                f"PROTECTION OFF: {key} is false, as the last update left it; `launch verify` says what that means."
            )
    sys.exit(code)


def exit_code(drifts: Sequence[Drift]) -> ExitCode:
    """The exit code for what drifted."""
    if any(each.security for each in drifts):
        return ExitCode.UNSAFE
    return ExitCode.DIFFERENT if drifts else ExitCode.AS_DECLARED


def document(watch: Watch) -> Mapping[str, Any]:
    """The drift for machines."""
    return {
        "exit_code": exit_code(watch.drifts),
        "looked_at": watch.looked_at,
        "drift": [asdict(each) for each in watch.drifts],
        "not_checked": sorted(watch.untold),
        "left_alone": sorted(watch.left_alone),
    }


def _show(stack: str, watch: Watch) -> None:
    click.echo(f"Stack {stack}: {watch.looked_at} resources were looked at, {len(watch.drifts)} drifted.")
    if watch.untold:
        click.echo(f"not checked: values that Vercel tells nobody, of {', '.join(sorted(watch.untold))}")
    if watch.left_alone:
        click.echo(f"left alone: what nobody declared, {', '.join(sorted(watch.left_alone))}")
    if not watch.drifts:
        return
    worst_first = sorted(watch.drifts, key=lambda each: not each.security)
    table = Table(box=None, pad_edge=False)
    for column in ("resource", "what differs"):
        table.add_column(column, overflow="fold")
    for each in worst_first:
        style = "bold red" if each.security else "red"
        for number, text in enumerate(each.differences):
            table.add_row(Text("" if number else each.resource, style), Text(text))
    out = console()
    out.print(table)
    out.print()
    for remedy in dict.fromkeys(each.remedy for each in worst_first):
        named = ", ".join(each.resource for each in worst_first if each.remedy == remedy)
        out.print(Text(f"  - {named}: {remedy}", "dim"))
