"""`launch drift`: what differs from what the last update left, each difference in words. It changes nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from launch.stack import PulumiError, Stack

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent
    from pulumi.automation.events import StepEventMetadata

AS_DECLARED, DRIFTED, UNSAFE = 0, 2, 3
_SECURITY = "pulumi-python:dynamic/sql:RowSecurity"
"""Type of the resource whose drift lets tenants see each other."""
_VARIABLE = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"
_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 -- the key by which the engine marks a secret value
_LONGEST = 80
"""Characters shown of one value."""
_WIDTH = 140
"""Columns of a table that is not shown in a terminal."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One resource that is not as the last update left it."""

    resource: str
    type: str
    differences: tuple[str, ...]
    """A sentence each."""
    security: bool
    """Whether tenants may not be isolated."""


class Watch:
    """Receives the engine's events of a refresh and keeps what they tell of drift."""

    def __init__(self) -> None:
        self.drifts: list[Drift] = []
        self.errors: list[str] = []
        """What kept the engine from looking."""
        self.looked_at = 0
        """Resources that were compared."""
        self.untold: list[str] = []
        """Sensitive variables: Vercel tells nobody their values, so a change of one cannot be seen (V3)."""

    def __call__(self, event: EngineEvent) -> None:
        """One event; called by the automation's own thread."""
        if event.res_outputs_event:
            self._compared(event.res_outputs_event.metadata)
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            self.errors.append(event.diagnostic_event.message.strip())

    def _compared(self, step: StepEventMetadata) -> None:
        state = step.new or step.old
        if state is None or not state.custom or step.type.startswith("pulumi:"):
            return
        self.looked_at += 1
        if step.type == _VARIABLE and (state.outputs or {}).get("sensitive"):
            self.untold.append(step.urn.rpartition("::")[2])
        if differences := tuple(_differences(step)):
            self.drifts.append(
                Drift(
                    resource=step.urn.rpartition("::")[2],
                    type=step.type,
                    differences=differences,
                    security=step.type == _SECURITY,
                )
            )


def _differences(step: StepEventMetadata) -> Iterator[str]:
    if step.op == "delete":
        yield "it is gone"
    elif step.op == "update" and step.old and step.new:
        before, now = step.old.outputs or {}, step.new.outputs or {}
        # Our own resources of the database say it themselves.
        yield from now.get("drift") or list(_changes(before, now, step.diffs)) or ["a secret value differs"]


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], names: Sequence[str] | None) -> Iterator[str]:
    """Of the properties that the provider names, or else of all. Two secrets look the same here."""
    for name in sorted(names or before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            yield f"{name} is {_shown(now.get(name))}, was {_shown(before.get(name))}"
        elif names:
            yield f"{name} differs, which is a secret"


def _shown(value: object) -> str:
    text = "missing" if value is None else json.dumps(_masked(value), ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _masked(value: object) -> object:
    if isinstance(value, dict):
        return "[secret]" if _SECRET in value else {key: _masked(part) for key, part in value.items()}
    return [_masked(part) for part in value] if isinstance(value, list) else value


@click.command("drift")
@click.option("--stack", "name", help="The stack to look at; by default PULUMI_STACK or the sandbox's.")
@click.option("--json", "as_json", is_flag=True, help="Print the drift as one JSON object.")
def drift(*, name: str | None, as_json: bool) -> None:
    """Name what was changed behind the stack's back; changes nothing."""
    stack = Stack.named(name)
    watch = Watch()
    with Console(stderr=True).status(f"Looking at stack {stack.name} …"):
        try:
            stack.look(watch)
        except PulumiError as error:
            raise PulumiError("\n".join(dict.fromkeys([str(error), *watch.errors]))) from None
    code = exit_code(watch.drifts)
    if as_json:
        click.echo(json.dumps({"stack": stack.name, **document(watch)}, indent=2))
    else:
        # A log or a pipe has no width of its own, and folded details are hard to search in.
        _show(stack.name, watch, Console(width=None if sys.stdout.isatty() else _WIDTH))
    sys.exit(code)


def exit_code(drifts: Sequence[Drift]) -> int:
    """0 as declared, 2 drift, 3 security drift."""
    return UNSAFE if any(each.security for each in drifts) else DRIFTED if drifts else AS_DECLARED


def document(watch: Watch) -> Mapping[str, Any]:
    """The drift for machines."""
    return {
        "exit_code": exit_code(watch.drifts),
        "looked_at": watch.looked_at,
        "drift": [asdict(each) for each in watch.drifts],
        "not_checked": sorted(watch.untold),
    }


def _show(stack: str, watch: Watch, console: Console) -> None:
    click.echo(f"Stack {stack}: {watch.looked_at} resources were looked at, {len(watch.drifts)} drifted.")
    if watch.untold:
        click.echo(f"not checked: values that Vercel tells nobody, of {', '.join(sorted(watch.untold))}")
    if not watch.drifts:
        return
    table = Table(box=None, pad_edge=False)
    for column in ("resource", "what differs"):
        table.add_column(column, overflow="fold")
    for each in sorted(watch.drifts, key=lambda each: not each.security):
        style = "bold red" if each.security else "red"
        for number, text in enumerate(each.differences):
            table.add_row(Text("" if number else each.resource, style), Text(text))
    console.print(table)
    console.print(Text("\n`pulumi up` puts it right.", "dim"))
