"""`launch up`: everything, from the engine to a verified launch in the sandbox."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx

from launch.local import plugins
from launch.local.environment import variables
from launch.local.interrupted import recover, update
from launch.report import Report, Section, Table, verb
from launch.stack import SANDBOX, Engine, PulumiError, Stack, applied, find
from launch.verify.checks import verification
from sandbox.base import Failure, Home, failures, home_path
from sandbox.edge.runtime import leftovers
from sandbox.processes import lifecycle
from toolchain import node
from toolchain.report import say

_RUNTIME = leftovers.PACKAGE
_REPAIR = "Correct that, then run `make down` and `make up`."
_NEXT = Section(
    lines=(
        "To look at it in a browser:  .venv/bin/launch open",
        'For plain `pulumi`:  eval "$(.venv/bin/launch env)"',
        "To stop everything:  make down",
    )
)


@verb("up", help="Start the sandbox, deploy the stack into it and verify it.")
def up() -> Report:
    """Return the verification, and links to the hosts."""
    plugins.official(os.environ)  # refuse an unknown value before anything is started
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
    began = time.time()
    try:
        stack.create()
        recover(stack)
        update(stack)
    except PulumiError as error:
        raise explained(error, failures.since(home, began)) from None
    return home, stack


def explained(error: PulumiError, failed: Sequence[Failure]) -> PulumiError:
    """Return the same error, with the sandbox's own failures, which look to the stack like a slow or absent vendor."""
    if not failed:
        return error
    lines = dict.fromkeys(f"  {failure.part}: {failure.message}" for failure in failed)
    what = "\n".join([error.what, "Errors of the sandbox itself:", *lines])
    return type(error)(what, where=error.where, remedy=error.remedy or _REPAIR)


def keep_up(home: Home) -> None:
    """Run upkeep now: its next scheduled run may be far off, and verification checks that it works."""
    try:
        response = httpx.post(
            f"http://127.0.0.1:{home.ports.edge_http}/_sandbox/scheduled",
            json={"script": "upkeep"},
            headers={"Host": "localhost", "Authorization": f"Bearer {home.credentials.admin_token}"},
            trust_env=False,
            timeout=60,
        )
        outcome = response.json().get("outcome", response.text) if response.is_success else response.text
    except httpx.HTTPError as error:
        outcome = f"the edge did not respond ({error})"
    if outcome != "ok":
        say(f"Upkeep failed: {outcome}. See logs/edge.log of the sandbox.")


def _row(host: str, entry: dict[str, Any], home: Home) -> dict[str, str]:
    link = "" if entry["kind"] == "absent" else f"http://{host}.localhost:{home.ports.edge_http}/"
    return {"host": host, "kind": entry["kind"], "served by": entry["by"], "in the browser": link}
