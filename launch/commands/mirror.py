"""`launch mirror FOLDER`: a twin of the real accounts, for a sandbox to start from. It changes nothing there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from launch.mirror import Rows, Rules, Subject, pg_dump, report
from launch.mirror import mirror as read
from launch.report import Report, verb
from launch.selection import named
from launch.stack import Stack

if TYPE_CHECKING:
    from components.settings import Settings


@verb("mirror", help="Write a twin of the real accounts into FOLDER, without any secret; changes nothing there.")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--stack", "name", help="The stack whose accounts are read; by default PULUMI_STACK or the sandbox's.")
@click.option(
    "--data",
    type=click.Choice([each.value for each in Rows]),
    default=Rows.NONE.value,
    show_default=True,
    help="The rows of the twin's database: none, synthetic (as many, invented) or masked (copies by --rules).",
)
@click.option(
    "--rules", "file", type=click.Path(dir_okay=False, path_type=Path), help="YAML file with the rules for copying."
)
@click.option("--no-database", "without", is_flag=True, help="Leave out the contents of the database.")
def mirror(*, folder: Path, name: str | None, data: str, file: Path | None, without: bool) -> Report:
    """Return what was read and written."""
    rows = Rows(data)
    if (rows is Rows.MASKED) != (file is not None):
        raise click.UsageError("--data masked and --rules FILE belong together.")
    if without and rows is not Rows.NONE:
        raise click.UsageError("--no-database leaves no rows to choose: leave out --data.")
    rules = Rules.load(file) if file else None
    stack = named(name)
    settings = settings_of(stack)
    program = None if without else pg_dump(settings.database.version, _of_sandbox)
    with Console(stderr=True).status(f"Reading the accounts of stack {stack.name} …"):
        mirrored = read(
            settings.access,
            subject_of(settings),
            folder.absolute(),
            pg_dump=program,
            rows=rows,
            rules=rules,
            environment=stack.environment,
        )
    return report(mirrored, stack.name, with_database=program is not None)


def settings_of(stack: Stack) -> Settings:
    """Return the settings in the stack's configuration. Raises Problem."""
    from components.settings import Settings

    values = stack.configuration()
    # Every value counts as secret, so that no error message contains it.
    return Settings.load(values, secrets=tuple(values), environment=stack.environment, stack=stack.name)


def subject_of(settings: Settings) -> Subject:
    """Return the part of the accounts that a mirror reads."""
    database = settings.database
    return Subject(domain=settings.domain, organization=database.organization, database=database.project)


def _of_sandbox() -> Path:
    from launch.local import pg_dump as program

    return program()
