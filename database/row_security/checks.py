"""The checks of `sql/checks`: each numbered file is one query, and each row that it returns is a finding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from database.postgres import DatabaseError, connect
from database.row_security.facts import world

HARMLESS = frozenset({"indexes", "upkeep"})
"""Checks whose findings cost time but expose no row. `indexes` includes an index that is being built right now."""


_MADE_BY_SESSIONS = frozenset({"large_objects"})
"""Checks of objects that any session of the application may create, and which therefore must not stop an apply."""


@dataclass(frozen=True)
class Check:
    """One query that returns (object, detail) for each fault."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name without its number: `rls_forced`."""
        return self.path.stem.split("_", 1)[-1]

    @property
    def query(self) -> bytes:
        """The file's query, preceded by the queries that it names: `exposed.sql` and `sql/world`."""
        exposed, query = self.path.with_name("exposed.sql").read_bytes(), self.path.read_bytes()
        text = b"with %s,\nexposed as (\n%s)\nselect * from (\n%s) finding"
        return text % (world(exposed + query), exposed, query)

    @property
    def stops_an_apply(self) -> bool:
        """Whether a finding keeps row security from coming into force. One that exposes no row stops no repair."""
        return self.name not in HARMLESS | _MADE_BY_SESSIONS


@dataclass(frozen=True)
class Finding:
    """One fault."""

    check: str
    object: str
    detail: str

    def __str__(self) -> str:
        return f"{self.object}: {self.detail} ({self.check})"


def load(directory: Path) -> tuple[Check, ...]:
    """Return the checks of a directory. Raises DatabaseError if there are none, because nothing would ever be found."""
    checks = tuple(Check(path) for path in sorted(directory.glob("[0-9]*.sql")))
    if not checks:
        raise DatabaseError("there is no check", where=str(directory), remedy="Restore it from version control.")
    return checks


def look(url: str, checks: Iterable[Check], *, patience: float = 20.0) -> list[Finding]:
    """Return the findings as the role of `url` sees them, such as the application's. Reads only the catalog.

    Raises DatabaseError if that role cannot connect, and psycopg.Error if the schema is missing.
    """
    with connect(url, application_name="launch checks", patience=patience) as connection:
        try:
            # The settings that the role's sessions start with are themselves under test.
            connection.execute("set transaction read only; set local search_path = pg_catalog, pg_temp")
            connection.execute("set local statement_timeout = '10s'; set local lock_timeout = '2s'")
            return findings(connection, checks)
        finally:
            connection.rollback()


def findings(connection: psycopg.Connection[Any], checks: Iterable[Check]) -> list[Finding]:
    """Run each check, and return the findings; no check writes."""
    found: list[Finding] = []
    for check in checks:
        rows = connection.execute(check.query).fetchall()
        found += [Finding(check.name, thing, detail) for thing, detail in rows]
    return found
