"""A laptop is closed, a process is killed, a run is cut off: the next `launch up` repairs everything."""

from __future__ import annotations

import json
import subprocess
import time

import psutil
import pytest

from contract.paths import PROJECT
from sandbox.processes import processes
from tests.end_to_end.world import Launch

PARTS = ("cloud", "edge", "providers", "supervisor")


@pytest.mark.parametrize("part", PARTS)
def test_launch_up_repairs_the_sandbox_after_a_kill_of_any_part(launched: Launch, part: str) -> None:
    victims = processes.marked(launched.folder, part)
    assert victims
    for victim in victims:
        victim.kill()
    assert "unchanged" in launched.launch("up").stderr
    launched.pulumi("preview", "--expect-no-changes")


def test_launch_up_repairs_the_sandbox_after_a_kill_of_the_database_server(launched: Launch) -> None:
    servers = [
        process
        for process in processes.family(launched.folder)
        if process.name() == "postgres" and "-D" in process.cmdline()
    ]
    assert servers
    for server in servers:
        server.kill()
    launched.launch("up")
    launched.verified(code=0)


def test_a_running_update_is_not_torn_down_and_the_next_one_completes_after_a_kill(launched: Launch) -> None:
    launched.fault(match={"method": "GET", "path": "^/vercel/"}, action="latency", seconds=60)
    command = ["pulumi", "refresh", "--yes", "--skip-preview", "--non-interactive"]
    output = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=PROJECT, env=launched.environment(), stdin=output, stdout=output, stderr=output
    ) as run:
        locks = launched.folder / "state" / ".pulumi" / "locks"
        deadline = time.monotonic() + 60
        while not list(locks.rglob("*.json")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        refused = launched.launch("down", "--json", code=None)
        children = psutil.Process(run.pid).children(recursive=True)
        run.kill()
    processes.end(children, grace=5)
    launched.mend()
    error = json.loads(refused.stdout)
    assert error == {
        "error": f"another update is running as process {run.pid}",
        "where": "stack sandbox",
        "remedy": "Wait for it.",
    }
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert list(locks.rglob("*.json"))
    launched.launch("up")
    assert not list(locks.rglob("*.json"))
    launched.pulumi("preview", "--expect-no-changes")
