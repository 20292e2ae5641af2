"""Helpers of the runner's tests: a database owned as at Neon, a directory of files, runs in the background."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from database.ledger.known_state import Memory
from database.runner.runner import Limits, Result, Runner
from sandbox.postgres.server import Postgres

Query = Callable[..., list[tuple[Any, ...]]]
Tables = Callable[[], set[str]]
QUICK = Limits(lock_seconds=30, attempts=6, first_pause=0.02, longest_pause=0.2, connections=5, wake_seconds=15)

_PROCESS = """
import os, sys
from pathlib import Path
from database.runner.runner import Limits, Runner
limits = Limits(lock_seconds=60, first_pause=0.02, longest_pause=0.2)
result = Runner(os.environ["URL"], Path(sys.argv[1]), limits=limits, report=lambda text: print(text, flush=True)).run()
print("ran", *result.ran)
"""


@dataclass
class Files:
    """A directory of migrations and its runs."""

    directory: Path
    reported: list[str] = field(default_factory=list)
    """The reports of the last run."""

    def write(self, name: str, text: str | bytes) -> None:
        content = text.encode() if isinstance(text, str) else text
        (self.directory / name).write_bytes(content)

    def remove(self, name: str) -> None:
        (self.directory / name).unlink()

    def runner(self, url: str, *, identity: str = "", limits: Limits = QUICK) -> Runner:
        self.reported.clear()
        return Runner(url, self.directory, memory=Memory(identity=identity), limits=limits, report=self.reported.append)

    def run(self, url: str, *, identity: str = "", limits: Limits = QUICK) -> Result:
        return self.runner(url, identity=identity, limits=limits).run()

    def process(self, url: str) -> subprocess.Popen[str]:
        """Run in a process of its own, for a run that is killed or gives up early."""
        return subprocess.Popen(
            [sys.executable, "-c", _PROCESS, str(self.directory)],
            env=os.environ | {"URL": url, "PYTHONPATH": str(Path(__file__).parents[3])},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@contextmanager
def owned_database(server: Postgres) -> Iterator[str]:
    """Yield the owner's URL of a new database; the role has the attributes from Neon's API, and is no superuser."""
    name, password = f"test_{secrets.token_hex(6)}", secrets.token_urlsafe(16)
    with psycopg.connect(server.uri(), autocommit=True) as connection:
        connection.execute(f"create role {name} login inherit createrole createdb bypassrls password '{password}'")
        connection.execute(f"create database {name} owner {name}")
    try:
        yield server.uri(name, name, password)
    finally:
        with psycopg.connect(server.uri(), autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")
            connection.execute(f"drop role {name}")


def eventually(condition: Callable[[], object], *, seconds: float = 20.0) -> None:
    """Wait until the condition holds, and fail if it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.01)


class Background(threading.Thread):
    """Work in a thread of its own, with its outcome."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__()
        self._work = work
        self._error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except Exception as error:
            self._error = error

    def outcome(self) -> Exception | None:
        self.join(60)
        assert not self.is_alive()
        return self._error
