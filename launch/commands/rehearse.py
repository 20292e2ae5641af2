"""`launch rehearse`: the change of this working tree, made on a twin of the real accounts. They are only read."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract.problem import Problem
from launch.adopt import Apply, Journal
from launch.commands.mirror import settings_of, subject_of
from launch.mirror import Rows, Rules, mirror, pg_dump
from launch.rehearse import report
from launch.report import ExitCode, Report, verb
from launch.selection import named
from launch.stack import Stack
from toolchain.report import say

if TYPE_CHECKING:
    from components.settings import Settings

_NEEDS = "a rehearsal needs the sandbox, whose packages are not installed"


@verb("rehearse", help="Make the change of this working tree on a twin, and report who notices; changes nothing real.")
@click.option("--stack", "name", help="The stack that would be changed; by default PULUMI_STACK or the sandbox's.")
@click.option("--scenario", help="A scenario of the sandbox or the folder of a twin, instead of a new mirror.")
@click.option(
    "--data",
    type=click.Choice([each.value for each in Rows]),
    default=Rows.SYNTHETIC.value,
    show_default=True,
    help="The rows of the twin's database: none, synthetic or masked (copies by --rules).",
)
@click.option(
    "--rules", "file", type=click.Path(dir_okay=False, path_type=Path), help="YAML file with the rules for copying."
)
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="ID",
    help="For a new stack: allow the loss of the obstacle that `launch adopt plan` shows under this id.",
)
def rehearse(
    *, name: str | None, scenario: str | None, data: str, file: Path | None, allowed: tuple[str, ...]
) -> Report:
    """Return the forecast."""
    try:
        from launch.local import Original, rehearsed, twin, update
        from launch.local import pg_dump as program
    except ModuleNotFoundError as error:
        raise Problem(_NEEDS, where=error.name or "", remedy="Run `pip install '.[sandbox]'`.") from None
    rows = Rows(data)
    if (rows is Rows.MASKED) != (file is not None):
        raise click.UsageError("--data masked and --rules FILE belong together.")
    rules = Rules.load(file) if file else None
    stack = named(name)
    settings = settings_of(stack)
    original = Original.of(stack)
    hosts = _hosts(stack, settings)
    with tempfile.TemporaryDirectory(prefix="twin-") as folder:
        unread: list[str] = []
        described = f"scenario {scenario}"
        if scenario is None:
            place = Path(folder) / "twin"
            dump = pg_dump(settings.database.version, program)
            found = mirror(
                settings.access,
                subject_of(settings),
                place,
                pg_dump=dump,
                rows=rows,
                rules=rules,
                environment=stack.environment,
            )
            unread = [f"{each.vendor}: {each.what}: {each.why}" for each in found.reading.unread]
            scenario, described = str(place), f"a mirror of the accounts, rows {rows}"
        change = update if original.deployed else partial(adoption, allowed)
        with twin(scenario, original) as there:
            return report(rehearsed(there, hosts, change, described=described, unread=unread))


def adoption(allowed: Collection[str], stack: Stack) -> None:
    """Create a new stack by adopting what exists. Raises Problem if the plan is refused."""
    with tempfile.TemporaryDirectory(prefix="adoption-") as folder:
        journal = Journal.open(Path(folder) / "adoption.jsonl", stack.name)
        found = Apply(stack=stack, journal=journal, confirm=lambda _title, _notice: True, say=say).run(allowed=allowed)
    if found.exit_code is not ExitCode.AS_DECLARED:
        bad = [each for each in found.findings if not each.verdict.good]
        what = "; ".join(f"{each.subject}: {each.detail}" for each in bad) or found.summary
        remedy = "`launch adopt plan` says what to do about each."
        raise Problem(f"the adoption is refused: {what}", where=f"stack {stack.name}", remedy=remedy)


def _hosts(stack: Stack, settings: Settings) -> list[tuple[str, str]]:
    """Return every host of the launch, with the path that visitors request: as declared, deployed or not."""
    known = stack.outputs().get("hosts") or {}
    hosts = settings.hosts
    names = (settings.domain, hosts.www, hosts.dashboard, hosts.echome, hosts.conductor)
    paths = {name: (known.get(name) or {}).get("expect", {}).get("path", "/") for name in names}
    return [(name, str(path)) for name, path in paths.items()]
