"""`launch rehearse`: the change of this working tree, made on a twin of the real accounts. They are only read."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract.problem import Problem
from launch.commands.mirror import settings_of, subject_of
from launch.mirror import Rows, Rules, mirror, pg_dump
from launch.rehearse import report
from launch.report import Report, verb
from launch.selection import named
from launch.stack import Stack

if TYPE_CHECKING:
    from components.settings import Settings

_NEEDS = "a rehearsal needs the sandbox, whose packages are not installed"


@verb("rehearse", help="Make the change of this working tree on a twin, and say who notices; changes nothing real.")
@click.option("--stack", "name", help="The stack that would be changed; by default PULUMI_STACK or the sandbox's.")
@click.option("--scenario", help="A scenario of the sandbox or the folder of a twin, instead of a new mirror.")
@click.option(
    "--data",
    type=click.Choice([each.value for each in Rows]),
    default=Rows.SYNTHETIC.value,
    show_default=True,
    help="The rows of the twin's database: none, synthetic or masked (copies by --rules).",
)
@click.option("--rules", "file", type=click.Path(dir_okay=False, path_type=Path), help="YAML file of what is copied.")
def rehearse(*, name: str | None, scenario: str | None, data: str, file: Path | None) -> Report:
    """The forecast."""
    try:
        from launch.local import Original, rehearsed, twin
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
        with twin(scenario, original) as there:
            return report(rehearsed(there, hosts, described=described, unread=unread))


def _hosts(stack: Stack, settings: Settings) -> list[tuple[str, str]]:
    """Every host that the launch has, with the path that visitors ask for: as declared, deployed or not."""
    known = stack.outputs().get("hosts") or {}
    hosts = settings.hosts
    names = (settings.domain, hosts.www, hosts.dashboard, hosts.echome, hosts.conductor)
    paths = {name: (known.get(name) or {}).get("expect", {}).get("path", "/") for name in names}
    return [(name, str(path)) for name, path in paths.items()]
