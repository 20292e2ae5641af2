"""Runs a file, or one statement of it, in one transaction together with its mark in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg

from database.ledger import Author, Ledger, insert_sql, ledger, update_sql
from database.migrations import Migration
from database.postgres import AGAIN, TIMED_OUT, Backoff, ConnectionLostError, Outcome, ServerError, simple_query
from database.runner.session_settings import ANEW, AS_OWNER
from database.runner.statement_failures import failure, lost


@dataclass(frozen=True, kw_only=True)
class Session:
    """The connection that holds the lock and does the work."""

    connection: psycopg.Connection[Any]
    """In autocommit mode, so the session holds no snapshot while it waits."""
    author: Author
    backoff: Callable[[], Backoff]
    report: Callable[[str], None]

    def send(self, text: str, migration: Migration) -> Outcome:
        """Send a text; if it fails, end its transaction. Raises ConnectionLostError."""
        outcome = simple_query.send(
            self.connection,
            text,
            tick=lambda seconds: self.report(f"{migration.name}: running for {seconds:.0f} s"),
        )
        if outcome.error:
            self._end(outcome.error, migration)
        return outcome

    def _end(self, error: ServerError, migration: Migration) -> None:
        if error.sqlstate == TIMED_OUT:
            return
        rolled_back = None if lost(error) else simple_query.send(self.connection, f"rollback; {ANEW}").error
        if lost(error) or rolled_back:
            raise ConnectionLostError(f"the connection was lost: {error.message}", where=migration.name)

    def insert(self, known: Ledger) -> Ledger:
        """Write the ledger's last row, which is new."""
        self.connection.execute(insert_sql(known.rows[-1]).encode())
        return known

    def update(self, known: Ledger) -> Ledger:
        """Write the progress of the ledger's last row."""
        self.connection.execute(update_sql(known.rows[-1]).encode())
        return known


def in_transaction(session: Session, known: Ledger, migration: Migration) -> Ledger:
    """Apply the file, retrying if locks or other transactions roll it back; return the ledger with its row.

    Raises MigrationError, with nothing applied.
    """
    applied = ledger.with_next(known, migration, session.author)
    opening = f"begin; {migration.directives.settings()};\n"
    # A text may end in a comment without a line end, or in a statement without a semicolon.
    text = f"{opening}{migration.text}\n;{AS_OWNER};{insert_sql(applied.rows[-1])};commit;{ANEW}"
    backoff = session.backoff()
    while True:
        outcome = session.send(text, migration)
        error = outcome.error
        if error is None:
            return applied
        if error.sqlstate in AGAIN and backoff.wait(f"{migration.name}: {AGAIN[error.sqlstate]}", session.report):
            continue
        offset = None if error.position is None else error.position - len(opening)
        raise failure(migration, error, statement=max(0, len(outcome.rows) - opening.count(";")), offset=offset)


def attempt(session: Session, migration: Migration, position: int, text: str) -> int:
    """Run a text that begins with the statement in a transaction, retrying after errors that may pass.

    Returns the number of rows that the statement changed. Raises MigrationError.
    """
    opening = f"begin; {migration.directives.settings()};\n"
    backoff = session.backoff()
    while True:
        outcome = session.send(f"{opening}{text}\n;commit;{ANEW}", migration)
        if outcome.error is None:
            return outcome.rows[opening.count(";")]
        reason = AGAIN.get(outcome.error.sqlstate)
        if reason is None or not backoff.wait(f"{migration.name}: {reason}", session.report):
            offset = outcome.error.position
            start = migration.statements[position].start
            raise failure(
                migration,
                outcome.error,
                statement=position,
                offset=None if offset is None else start + offset - len(opening),
            )
