"""`launch up`: everything, from the engine to a verified launch in the sandbox."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import httpx

from launch.local import plugins
from launch.local.environment import variables
from launch.local.interrupted import recover, update
from launch.report import Report, Section, Table, verb
from launch.stack import SANDBOX, Engine, Stack, applied, find
from launch.verify.checks import verification
from sandbox.base import Home, home_path
from sandbox.edge.runtime import leftovers
from sandbox.processes import lifecycle
from toolchain import node
from toolchain.report import say

_RUNTIME = leftovers.PACKAGE
_NEXT = Section(lines=('For plain `pulumi`:  eval "$(.venv/bin/launch env)"', "To stop everything:  make down"))


@verb("up", help="Start the sandbox, deploy the stack into it and verify it.")
def up() -> Report:
    """The verification, and links to the hosts."""
    plugins.official(os.environ)  # a word that it does not know is refused before anything is started
    engine = find()
    node.install(_RUNTIME)
    home, stack = _deploy(engine)
    keep_up(home)
    say("Verifying the launch.")
    verified = verification(stack)
    hosts = [_row(host, entry, home) for host, entry in stack.outputs()["hosts"].items()]
    table = Table(columns=tuple(hosts[0]), rows=tuple(tuple(row.values()) for row in hosts), wide=True)
    return replace(
        verified,
        title="Launch",
        kind="up",
        sections=(*verified.sections, Section(title="Hosts", tables=(table,)), _NEXT),
        data={**verified.data, "hosts": hosts},
    )


def _deploy(engine: Engine) -> tuple[Home, Stack]:
    """Bring the sandbox and the stack to what the program declares, whatever an earlier run left behind."""
    say("Starting the sandbox.")
    home = lifecycle.start(home_path())
    stack = Stack(name=SANDBOX, environment=applied(variables(home, engine)))
    kind = stack.environment[plugins.VARIABLE]
    lacking = f" (not installed: {', '.join(absent)})" if (absent := plugins.missing(os.environ)) else ""
    say(f"Deploying the stack with the {kind} plugins{lacking}.")
    stack.create()
    recover(stack, home)
    update(stack)
    return home, stack


def keep_up(home: Home) -> None:
    """Run upkeep now: its next scheduled run may be far off, and verification checks that it works."""
    answer = httpx.post(
        f"http://127.0.0.1:{home.ports.edge_http}/_sandbox/scheduled",
        json={"script": "upkeep"},
        headers={"Host": "localhost", "Authorization": f"Bearer {home.credentials.admin_token}"},
        trust_env=False,
        timeout=60,
    )
    outcome = answer.json().get("outcome", answer.text) if answer.is_success else answer.text
    if outcome != "ok":
        say(f"Upkeep failed: {outcome}. See logs/edge.log of the sandbox.")


def _row(host: str, entry: dict[str, Any], home: Home) -> dict[str, str]:
    link = "" if entry["kind"] == "absent" else f"http://{host}.localhost:{home.ports.edge_http}/"
    return {"host": host, "kind": entry["kind"], "served by": entry["by"], "in the browser": link}
