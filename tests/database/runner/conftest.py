"""Fixtures of the runner's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.postgres.server import Postgres
from tests.database.runner.support import Files, Query, Tables, owned_database


@pytest.fixture
def files(tmp_path: Path) -> Files:
    directory = tmp_path / "sql" / "migrations"
    directory.mkdir(parents=True)
    return Files(directory)


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    with owned_database(postgres) as address:
        yield address


@pytest.fixture
def admin(postgres: Postgres, url: str) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's session in the same database."""
    with psycopg.connect(postgres.uri(url.rpartition("/")[2].partition("?")[0]), autocommit=True) as connection:
        yield connection


@pytest.fixture
def query(admin: psycopg.Connection[Any]) -> Query:
    def rows(sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        cursor = admin.execute(sql.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []

    return rows


@pytest.fixture
def tables(query: Query) -> Tables:
    return lambda: {
        name for (name,) in query("select relname from pg_class where relnamespace = 'public'::regnamespace")
    }
