"""Reviews of the launch in the sandbox: verbs, visits, and a checkout that holds a change."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg

from contract.paths import PROJECT
from tests.end_to_end.world import Done, Launch, run

_LEFT_OUT = (".git", ".venv", ".build", ".sandbox", "node_modules", "__pycache__", "*_cache", "tests", "docs")
ADA = {"email": "ada@example.com", "password": "correct horse", "name": "Ada"}


def review(launch: Launch, *arguments: str, code: int | None = 0, folder: Path = PROJECT) -> Done:
    """Run `launch review …` of the checkout in `folder`."""
    command = (sys.executable, "-m", "launch", "review", *arguments)
    return run(*command, environment=environment(launch, folder), code=code, folder=folder)


def environment(launch: Launch, folder: Path) -> dict[str, str]:
    """Return the environment in which the program of another checkout runs."""
    own = {} if folder == PROJECT else {"LAUNCH_PROJECT": str(folder), "PYTHONPATH": str(folder)}
    return {**launch.environment(), **own}


def made(launch: Launch, number: int, branch: str, *options: str, folder: Path = PROJECT) -> dict[str, Any]:
    """Return the document of a review that was created or updated."""
    done = review(launch, "create", str(number), "--branch", branch, "--json", *options, folder=folder)
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["verdict"] == "passed", done.stdout
    return found


def outputs(launch: Launch, number: int) -> dict[str, Any]:
    """Return the outputs of a review's stack, secrets included."""
    command = ("pulumi", "-C", str(PROJECT / "review"), "stack", "output", "--json", "--show-secrets")
    done = run(*command, environment=launch.environment(PULUMI_STACK=f"pr-{number}"))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def rows(launch: Launch, url: str, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of a query to the database behind the URL."""
    through = f"{url}{'&' if '?' in url else '?'}hostaddr=127.0.0.1&port={launch.home.ports.postgres}"
    with psycopg.connect(through, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def visit(launch: Launch, url: str, method: str = "GET", body: object = None, **headers: str) -> httpx.Response:
    """Send a request like a browser on this machine, which counts as https."""
    host, _, path = url.removeprefix("https://").partition("/")
    with httpx.Client(transport=httpx.HTTPTransport(), timeout=30) as client:
        return client.request(
            method,
            f"http://127.0.0.1:{launch.home.ports.edge_http}/{path}",
            headers={"host": f"{host}.localhost", **headers},
            json=body,
        )


def token(launch: Launch, auth_url: str) -> str:
    """Return the token of a user who has just signed up there."""
    answer = visit(launch, f"{auth_url}/sign-up/email", "POST", ADA)
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return str(visit(launch, f"{auth_url}/token", cookie=cookie).json()["token"])


def checkout(folder: Path) -> Path:
    """Return a checkout of the project as it is, to be changed."""
    shutil.copytree(PROJECT, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    return folder


def snapshot(launch: Launch, folder: Path) -> None:
    """Generate the files that derive from a checkout's migrations and declarations."""
    run(sys.executable, "-m", "launch", "db", "snapshot", environment=environment(launch, folder), folder=folder)


@contextmanager
def begun(launch: Launch, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a verb in a process group of its own, which is killed at the end."""
    with subprocess.Popen(
        (sys.executable, "-m", "launch", *arguments),
        cwd=PROJECT,
        env=launch.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process with all its children, at once: like the loss of the machine."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def wait_for(seen: Callable[[], bool], *, seconds: float = 120.0) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline
        time.sleep(0.05)
