"""The edge as a process. Prevents: a restart that fails on leftovers of a killed process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from sandbox.base.home import Home
from sandbox.edge.runtime.leftovers import PACKAGE, _processes, reap
from sandbox.state.store import Store
from tests.sandbox.edge.clouds import Clouds
from tests.sandbox.edge.serving import Edge

PATIENCE_SECONDS = 60


def runtime(home: Home) -> list[int]:
    """Return the processes of the Workers runtime that were started for this sandbox or by its Node process."""
    command_lines = list(_processes())
    nodes = [group for _, group, command in command_lines if str(home.path) in command and str(PACKAGE) in command]
    noted = home.run / "workers.group"
    groups = {*nodes, *([int(noted.read_text())] if noted.exists() else [])}
    return [pid for pid, group, command in command_lines if group in groups and str(PACKAGE) in command]


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def healthy(home: Home) -> bool:
    """Return whether the edge reports that it is ready."""
    try:
        url = f"http://127.0.0.1:{home.ports.edge_http}/_sandbox/health"
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def started(home: Home) -> Iterator[subprocess.Popen[str]]:
    """`python -m sandbox.edge`; killed at the end if it still runs."""
    environment = {**os.environ, "LAUNCH_SANDBOX_HOME": str(home.path)}
    command = [sys.executable, "-m", "sandbox.edge"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def launched(home: Home) -> Edge:
    """The clouds after the launch."""
    clouds = Clouds(Store(home.store_path))
    clouds.launch()
    clouds.store.close()
    return Edge(home, clouds)


def worker_answers(edge: Edge) -> bool:
    """Return whether the gateway is up."""
    return edge.get("https://echome.prductr.com/health").status_code == 200


def test_sigterm_ends_the_edge_its_runtime_and_its_ports(home: Home) -> None:
    edge = launched(home)
    with started(home) as process:
        eventually(lambda: healthy(home))
        assert worker_answers(edge)
        assert runtime(home)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert runtime(home) == []
    for port in (home.ports.edge_http, home.ports.edge_https, home.ports.dns, home.ports.workers):
        socket.create_server(("127.0.0.1", port)).close()


def test_after_a_kill_of_the_edge_its_runtime_ends_by_itself_and_a_new_edge_serves(home: Home) -> None:
    edge = launched(home)
    with started(home) as process:
        eventually(lambda: healthy(home))
        assert worker_answers(edge)
        process.kill()
        process.wait()
    eventually(lambda: runtime(home) == [])
    with started(home) as process:
        eventually(lambda: healthy(home))
        assert worker_answers(edge)
        process.terminate()
        assert process.wait(PATIENCE_SECONDS) == 0


def test_after_a_kill_of_edge_and_node_together_the_rest_is_reaped(home: Home) -> None:
    edge = launched(home)
    with started(home) as process:
        eventually(lambda: healthy(home))
        assert worker_answers(edge)
        node = int((home.run / "workers.group").read_text())
        os.kill(process.pid, signal.SIGSTOP)  # so that it cannot start another Node in between
        os.kill(node, signal.SIGKILL)
        process.kill()
        process.wait()
    assert runtime(home), "workerd outlives both"
    reap(home)
    eventually(lambda: runtime(home) == [])
    reap(home)


def test_a_process_id_that_another_program_has_taken_is_left_alone(home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True) as other:
        (home.run / "workers.group").write_text(str(other.pid))
        reap(home)
        assert other.poll() is None
        other.communicate(b"\n")
        assert other.returncode == 0


def test_a_busy_port_is_one_clear_error(home: Home) -> None:
    with socket.create_server(("127.0.0.1", home.ports.edge_https)), started(home) as process:
        _, complaint = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1
    assert "The edge cannot listen" in complaint
    assert "Traceback" not in complaint
