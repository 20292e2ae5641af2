"""A real PostgreSQL for the tests: one server for each worker process, a new database for each test that asks."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.postgres import Postgres, free_port


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server; durability is off because no test needs to outlive it."""
    folder = Path(tempfile.mkdtemp(prefix="prductr-test-postgres-"))
    folder.chmod(0o755)
    server = Postgres(
        directory=folder / "data",
        port=free_port(),
        password=secrets.token_urlsafe(24),
        settings=(("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")),
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """The superuser's URL of a new, empty database, dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.uri(), autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield postgres.uri(name)
    with psycopg.connect(postgres.uri(), autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")
