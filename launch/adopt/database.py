"""Find what in the database blocks the migrations, or would be worse off after them. Only reads."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from contract.paths import SQL
from database.migrations import baseline, preflight
from database.postgres import DatabaseError, UnreachableError, connect, query_errors, safe_url
from database.runner import plan
from launch.adopt.model import Refusal

MIGRATIONS = SQL / "migrations"
QUERIES = SQL / "adoption"
"""One query per file; each returns `object` and `detail` of the rows that a person has to correct."""
_ADDRESS = ("PGHOSTADDR", "PGPORT")
_ASIDE = (
    "Drop what nobody needs, and move the rest out of public, such as: create schema aside; alter table public.NAME set"
    " schema aside. Where the tables have moved on, write the baseline anew."
)
_ROWS = "Correct or delete the row as the owner of the database."


@contextmanager
def reached_by(environment: Mapping[str, str]) -> Iterator[None]:
    """Direct the connections of this process to the databases that the environment names."""
    before = {name: os.environ.get(name) for name in _ADDRESS}
    os.environ.update({name: environment[name] for name in _ADDRESS if name in environment})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def refusals(url: str) -> Iterator[Refusal]:
    """Yield everything that a person has to correct first; `url` is the owner's. Raises UnreachableError."""
    try:
        plan.online(url, MIGRATIONS)
    except baseline.BaselineError as error:
        for difference in error.differences:
            subject, _, what = difference.partition(": ")
            yield Refusal(subject=subject, name="baseline", what=what, remedy=_ASIDE)
        yield from _rows(url, MIGRATIONS.parent / preflight.FOLDER, "before the migrations")
    except preflight.PreflightError as error:
        for finding in error.findings:
            subject, _, what = finding.partition(": ")
            yield Refusal(subject=subject, name="before the migrations", what=what, remedy=_ROWS)
    except UnreachableError:
        raise
    except DatabaseError as error:
        yield Refusal(subject=error.where or safe_url(url), name="migrations", what=error.what, remedy=error.remedy)
    yield from _rows(url, QUERIES, "before the adoption")


def _rows(url: str, folder: Path, name: str) -> Iterator[Refusal]:
    """Yield the rows that each query of the folder lists. A query that does not fit the tables lists nothing."""
    with connect(url, application_name="launch adopt", autocommit=True, without_timeouts=True) as connection:
        connection.execute("set default_transaction_read_only = on; set lock_timeout = '2s'")
        for query in sorted(folder.glob("*.sql")):
            with query_errors(connection):
                try:
                    rows = connection.execute(query.read_bytes()).fetchall()
                except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
                    continue  # the tables differ from the baseline, which is refused separately
            for subject, what in rows:
                yield Refusal(subject=str(subject), name=name, what=str(what), remedy=_ROWS)
