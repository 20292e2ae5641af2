"""A trial on a laptop must leave no process, no port and no folder behind."""

from __future__ import annotations

import socket
import sys
from dataclasses import astuple
from pathlib import Path

from sandbox.processes import processes
from tests.end_to_end.world import Launch, new_sandbox, run


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_down_leaves_nothing_and_may_be_run_twice(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    environment = new_sandbox(folder)
    command = (sys.executable, "-m", "launch")
    try:
        run(*command, "up", environment=environment)
        home = Launch(folder=folder).home
        ports = astuple(home.ports)
        databases = (folder / "postgres").resolve()
        assert any(listens(port) for port in ports)
        assert databases.exists()
    finally:
        run(*command, "down", environment=environment)
    assert not folder.exists()
    assert not databases.exists()
    assert processes.family(folder) == []
    assert not any(listens(port) for port in ports)
    run(*command, "down", environment=environment)
