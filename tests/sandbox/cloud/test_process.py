"""The supervisor starts, watches and ends the cloud room as a process: a hanging one would outlive `make down`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from sandbox.base.home import Home

_PATIENCE = 30


@contextmanager
def process(home: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m sandbox.cloud`, killed at the end if it still runs."""
    variables = os.environ | {"LAUNCH_SANDBOX_HOME": str(home), **environment}
    command = [sys.executable, "-m", "sandbox.cloud"]
    with subprocess.Popen(command, env=variables, stderr=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def wait_until_healthy(home: Home, running: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while running.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{home.ports.cloud}/_sandbox/health").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the cloud room did not become healthy")


def test_it_serves_until_it_is_terminated_and_logs_no_secret(home: Home) -> None:
    with process(home.path) as running:
        wait_until_healthy(home, running)
        token = home.credentials.cloudflare_api_token
        url = f"http://127.0.0.1:{home.ports.cloud}/client/v4/zones"
        assert httpx.get(url, headers={"authorization": f"Bearer {token}"}).status_code == 200
        running.send_signal(signal.SIGTERM)
        _, log = running.communicate(timeout=_PATIENCE)
    assert running.returncode == 0
    assert "GET /client/v4/zones 200" in log
    assert token not in log


def test_a_call_that_never_ends_does_not_keep_it_alive(home: Home) -> None:
    with process(home.path) as running:
        wait_until_healthy(home, running)
        base = f"http://127.0.0.1:{home.ports.cloud}"
        admin = {"authorization": f"Bearer {home.credentials.admin_token}"}
        httpx.post(f"{base}/_sandbox/faults", headers=admin, json={"action": "timeout_after"}).raise_for_status()
        with httpx.Client() as client:
            try:
                client.get(f"{base}/vercel/v2/user", timeout=0.5)
            except httpx.ReadTimeout:
                running.send_signal(signal.SIGTERM)
            running.communicate(timeout=_PATIENCE)
    assert running.returncode == 0


def test_a_busy_port_is_an_error_that_names_it(home: Home) -> None:
    with process(home.path) as first:
        wait_until_healthy(home, first)
        with process(home.path) as second:
            _, log = second.communicate(timeout=_PATIENCE)
        assert second.returncode == 1
        assert str(home.ports.cloud) in log
        assert httpx.get(f"http://127.0.0.1:{home.ports.cloud}/_sandbox/health").status_code == 200


def test_without_a_sandbox_it_says_how_to_get_one(tmp_path: Path) -> None:
    with process(tmp_path / "nothing") as running:
        _, log = running.communicate(timeout=_PATIENCE)
    assert running.returncode == 1
    assert "make up" in log


def test_a_new_sandbox_begins_with_the_scenario_that_is_named(home: Home) -> None:
    with process(home.path, LAUNCH_SANDBOX_SCENARIO="nonsense") as running:
        _, log = running.communicate(timeout=_PATIENCE)
    assert running.returncode != 0
    assert "there is no scenario 'nonsense'" in log
