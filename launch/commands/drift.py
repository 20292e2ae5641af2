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

from launch.report import remedies
from launch.report.console import console
from launch.report.exit_codes import ExitCode
from launch.stack.stack import PulumiError, Stack

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent
    from pulumi.automation.events import StepEventMetadata

_VARIABLE = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"
_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 -- the key by which the engine marks a secret value
_LONGEST = 80
"""Characters shown of one value."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One resource that is not as the last update left it."""

    resource: str
    type: str
    differences: tuple[str, ...]
    """A sentence each."""
    needs: tuple[str, ...]
    """What the differences need, where the resource says so: update, migration, person (`database.row_security.facts.difference.Need`)."""
    security: bool
    """Whether tenants may not be isolated."""
    remedy: str
    """What puts it right."""


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
        self.left_alone: list[str] = []
        """What nobody declared in the database and no update touches."""

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
        outputs = state.outputs or {}
        name = step.urn.rpartition("::")[2]
        if step.type == _VARIABLE and outputs.get("sensitive"):
            self.untold.append(name)
        if step.type == remedies.ROW_SECURITY:
            self.left_alone += left_alone(outputs)
        if differences := tuple(_differences(step)):
            told = [each for each in _told(step) if isinstance(each, Mapping)]
            needs = tuple(sorted({each["needs"] for each in told}))
            self.drifts.append(
                Drift(
                    resource=name,
                    type=step.type,
                    differences=differences,
                    needs=needs,
                    security=step.type == remedies.ROW_SECURITY
                    and (not told or any(each["security"] for each in told)),
                    remedy=remedies.remedy(step.type, step.urn, needs=needs, gone=step.op == "delete"),
                )
            )


def left_alone(outputs: Mapping[str, Any]) -> list[str]:
    """What the last update tolerated, from the outputs of row security, such as `relation copies (unprotected)`.

    An unprotected relation that is not among it is new, and drift.
    """
    unprotected = {f"relation {name}" for name in outputs.get("unprotected") or ()}
    tolerated = [mark.rpartition(" ")[0] for mark in outputs.get("foreign") or ()]
    return [f"{each} (unprotected)" if each in unprotected else each for each in tolerated]


def _told(step: StepEventMetadata) -> list[Any]:
    """What our own resources of the database say themselves, also when an earlier refresh has recorded it.

    Sentences, or mappings with a sentence as `text` and what it `needs`.
    """
    return list((step.new.outputs or {} if step.new else {}).get("drift") or [])


def _differences(step: StepEventMetadata) -> Iterator[str]:
    if step.op == "delete":
        yield "it is gone"
        return
    before, now = (state.outputs or {} if state else {} for state in (step.old, step.new))
    told = _told(step)
    yield from (each["text"] if isinstance(each, Mapping) else each for each in told)
    if step.op == "update" and not told:
        yield from list(_changes(before, now, step.diffs)) or ["a secret value differs"]


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
    if not watch.looked_at:
        what = f"Stack {stack.name} has no resources, so that none was looked at: nothing is deployed."
        raise PulumiError(f"{what} Run `pulumi up` first.")
    code = exit_code(watch.drifts)
    if as_json:
        click.echo(json.dumps({"stack": stack.name, **document(watch)}, indent=2))
    else:
        _show(stack.name, watch)
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
