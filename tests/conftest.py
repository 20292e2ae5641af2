"""A real PostgreSQL for the tests: one server for each worker process, a new database for each test that asks."""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from contract.paths import PROJECT
from sandbox.postgres.scratch import VOLATILE, scratch_server
from sandbox.postgres.server import Postgres
from tests.command_lines.touring import DATA, table

# gRPC restarts its threads in each forked child, and one child in a hundred dies of that before it becomes the called
# program. PostgreSQL's programs are forked, since they run as another user; gRPC reads this variable when it is loaded.
assert "grpc" not in sys.modules
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"


_BEGUN = pytest.StashKey[float]()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server; durability is off because no test needs its data after a crash."""
    with scratch_server(VOLATILE) as server:
        yield server


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """The superuser's URL of a new, empty database, dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.uri(), autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield postgres.uri(name)
    with psycopg.connect(postgres.uri(), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def pytest_configure(config: pytest.Config) -> None:
    """Record the start of the run."""
    config.stash[_BEGUN] = time.time()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table of the vendors' command lines, if this run made it (in any of its processes)."""
    if DATA.exists() and DATA.stat().st_mtime >= config.stash[_BEGUN]:
        terminalreporter.section(f"command lines ({DATA.relative_to(PROJECT)})")
        terminalreporter.write_line(table(json.loads(DATA.read_text())))
