"""`launch up`: everything, from the engine to a verified launch in the sandbox."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from contract.paths import PROJECT
from launch.local.environment import variables
from launch.local.interrupted import recover, update
from launch.stack import SANDBOX, Engine, Stack, applied, find
from sandbox.base import Home, home_path
from sandbox.edge.runtime import leftovers
from sandbox.processes import lifecycle
from toolchain import node
from toolchain.report import say

_RUNTIME = leftovers.PACKAGE


@click.command("up")
@click.option("--json", "as_json", is_flag=True, help="Print hosts and links as one JSON object.")
def up(*, as_json: bool) -> None:
    """Start the sandbox, deploy the stack into it and verify it."""
    engine = find()
    node.install(_RUNTIME)
    home, stack = _deploy(engine)
    say("Verifying the launch.")
    verified = subprocess.run(
        [sys.executable, "-m", "launch", "verify"],
        cwd=PROJECT,
        env=stack.environment,
        stdout=sys.stderr if as_json else None,
        check=False,
    )
    hosts = [_row(host, entry, home) for host, entry in stack.outputs()["hosts"].items()]
    _print(hosts, as_json=as_json)
    sys.exit(verified.returncode)


def _deploy(engine: Engine) -> tuple[Home, Stack]:
    """Bring sandbox and stack to what the program declares, whatever an earlier run left behind."""
    say("Starting the sandbox.")
    home = lifecycle.start(home_path())
    stack = Stack(name=SANDBOX, environment=applied(variables(home, engine)))
    stack.create()
    recover(stack, home)
    update(stack)
    return home, stack


def _row(host: str, entry: dict[str, Any], home: Home) -> dict[str, str]:
    link = "" if entry["kind"] == "absent" else f"http://{host}.localhost:{home.ports.edge_http}/"
    return {"host": host, "kind": entry["kind"], "served by": entry["by"], "in the browser": link}


def _print(hosts: list[dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"hosts": hosts}, indent=2))
        return
    table = Table(box=SIMPLE)
    for column in hosts[0]:
        table.add_column(column, no_wrap=True)
    for row in hosts:
        table.add_row(*row.values())
    console = Console(width=200)  # a link that is cut cannot be followed, whatever the terminal's width
    console.print(table)
    console.print('For plain `pulumi`:  eval "$(.venv/bin/launch env)"    To stop everything:  make down')
