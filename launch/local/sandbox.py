"""`launch sandbox`: the processes of the sandbox without the stack."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from sandbox.base import Home, home_path
from sandbox.processes import lifecycle


@click.group("sandbox")
def sandbox() -> None:
    """Start, stop and look at the sandbox."""


@sandbox.command()
@click.option("--json", "as_json", is_flag=True, help="Print the folder and the ports as one JSON object.")
def start(*, as_json: bool) -> None:
    """Start the sandbox and wait until it is ready."""
    home = lifecycle.start(home_path())
    if as_json:
        click.echo(json.dumps({"path": str(home.path), "ports": asdict(home.ports)}, indent=2))
    else:
        click.echo(f"The sandbox in {home.path} is ready.")


@sandbox.command()
@click.option("--json", "as_json", is_flag=True, help="Print whether there was something to stop.")
def stop(*, as_json: bool) -> None:
    """Stop the sandbox and remove its folder."""
    stopped = lifecycle.stop(home_path())
    click.echo(json.dumps({"stopped": stopped}) if as_json else "Stopped." if stopped else "There is no sandbox.")


@sandbox.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def status(*, as_json: bool) -> None:
    """Show each process; the exit code is 1 unless all are ready."""
    conditions = lifecycle.status(Home.load())
    if as_json:
        click.echo(json.dumps([asdict(condition) for condition in conditions], indent=2))
    else:
        table = Table("process", "id", "restarts", "condition")
        for condition in conditions:
            table.add_row(
                condition.name, str(condition.pid or ""), str(condition.restarts), condition.trouble or "ready"
            )
        Console().print(table)
    sys.exit(any(condition.trouble for condition in conditions))
