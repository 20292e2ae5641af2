"""The plan of a run, determined without writing anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from database.ledger import Ledger, Memory, ledger
from database.migrations import Migration, baseline, history, preflight
from database.migrations import files as migrations
from database.postgres import WAKE_SECONDS, Connection, connect, query_errors, require_direct, require_server
from database.runner import statement_by_statement


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The files that a run would apply."""

    pending: tuple[Migration, ...]
    ledger: Ledger | None = None
    """The database's record; None if it has no ledger, or was not queried."""
    recorded: str = ""
    """Name of the baseline file that would be recorded without running."""


def offline(directory: Path, remembered: Mapping[str, str]) -> Plan:
    """Return the plan from the files and the manifest of the last run. Raises FileError or HistoryError."""
    files = migrations.load(directory)
    todo = history.pending(files, history.entries(remembered), where=str(directory))
    return Plan(pending=_validated(todo))


def online(url: str, directory: Path, *, memory: Memory | None = None, patience: float = 5.0) -> Plan:
    """Return the plan from the files and the database, which is read in a read-only session.

    `memory` is the caller's record of the database. Raises DatabaseError for everything that a run would refuse.
    """
    require_direct(url)
    files = migrations.load(directory)
    with _reading(url, patience) as connection:
        require_server(connection)
        known = (memory or Memory()).recognise(ledger.read(connection), connection.label)
        todo = _validated(history.pending(files, known.entries() if known else [], where=connection.label))
        if known and todo:
            statement_by_statement.require_unedited(known, todo[0])
        recorded = ""
        if todo and todo[0].directives.baseline and baseline.is_inhabited(connection):
            baseline.require_equal(connection, directory, where=connection.label)
            recorded = todo[0].name
        if recorded or (known and known.rows):
            preflight.require_clear(connection, directory, todo, where=connection.label)
    return Plan(pending=todo, ledger=known, recorded=recorded)


def look(url: str, *, patience: float = WAKE_SECONDS) -> Ledger | None:
    """Return the database's ledger as it is, intact or not. Raises DatabaseError."""
    with _reading(url, patience) as connection:
        return ledger.read(connection)


@contextmanager
def _reading(url: str, patience: float) -> Iterator[Connection]:
    """Open a read-only connection; psycopg's errors on it become DatabaseErrors."""
    with (
        connect(
            url,
            application_name="prductr migrations plan",
            autocommit=True,
            patience=patience,
            without_timeouts=True,
        ) as connection,
        query_errors(connection),
    ):
        # Reading a definition locks its table, and without a timeout would wait for ever behind another session's lock.
        connection.execute("set lock_timeout = '2s'; set default_transaction_read_only = on")
        yield connection


def _validated(todo: Sequence[Migration]) -> tuple[Migration, ...]:
    for migration in todo:
        migration.validate()
    return tuple(todo)
