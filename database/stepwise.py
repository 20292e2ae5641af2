"""Run a file without a transaction: each statement by itself, each with its mark in the ledger."""

from __future__ import annotations

import time
from dataclasses import replace

from database import batches, concurrently, ledger, rules
from database.apply import Session, attempt
from database.clean_session import ANEW, AS_OWNER
from database.failures import AGAIN, MigrationError, failure
from database.ledger import Ledger, Row
from database.migrations import Migration

PROGRESS_SECONDS = 2.0
"""How often a long file says where it is; a quick one needs no word."""


def run(session: Session, known: Ledger, migration: Migration) -> Ledger:
    """Apply the file from its first statement that is not done, and return the ledger with its row.

    Raises MigrationError; what was done before stays, and is marked as done.
    """
    row, known = _begin(session, known, migration)
    reported = time.monotonic()
    for position in range(row.done, len(migration.statements)):
        if time.monotonic() - reported >= PROGRESS_SECONDS:
            session.report(f"{migration.name}: statement {position + 1} of {len(migration.statements)}")
            reported = time.monotonic()
        running = row.running and position == row.done
        if position in migration.batches:
            batches.run(session, migration, position)
            _mark(session, migration, row, position)
        elif rules.needs_no_transaction(migration.statements[position]):
            _outside(session, migration, row, position, was_running=running)
        else:
            _inside(session, migration, row, position)
    finished = replace(row, status="applied", done=len(migration.statements), running=False)
    session.connection.execute(
        "update launch.schema_migrations set status = 'applied', running = false,"
        " finished_at = pg_catalog.clock_timestamp() where sequence = %s",
        (row.sequence,),
    )
    return replace(known, rows=(*known.rows[:-1], finished))


def is_under_way(known: Ledger, migration: Migration) -> bool:
    """Whether an interrupted run has begun the file statement by statement: it is finished so, whatever it says now."""
    last = known.rows[-1] if known.rows else None
    return last is not None and last.name == migration.name and last.status == "started"


def _begin(session: Session, known: Ledger, migration: Migration) -> tuple[Row, Ledger]:
    """The file's row: a new one, or that of an interrupted run."""
    if not is_under_way(known, migration):
        row = replace(ledger.next_row(known, migration), status="started")
        return row, session.record(known, row)
    last = known.rows[-1]
    done = [statement.text for statement in migration.statements[: last.done]]
    if ledger.done_checksum(done) != last.done_checksum and last.done:
        raise MigrationError(
            f"the first {last.done} statements are done already, and were edited since",
            where=migration.name,
            remedy="Restore them; what follows may be corrected.",
            sqlstate="",
            statement="",
        )
    session.report(f"{migration.name}: going on after statement {last.done}")
    chain = ledger.link(known.rows[-2].chain if len(known.rows) > 1 else "", migration.name, migration.checksum)
    row = replace(last, checksum=migration.checksum, chain=chain)
    session.connection.execute(
        "update launch.schema_migrations set checksum = %s, chain = %s where sequence = %s",
        (row.checksum, row.chain, row.sequence),
    )
    return row, replace(known, rows=(*known.rows[:-1], row))


def _mark_sql(migration: Migration, row: Row, position: int) -> str:
    done = ledger.done_checksum([statement.text for statement in migration.statements[: position + 1]])
    return (
        f"update launch.schema_migrations set done = {position + 1}, done_checksum = '{done}', running = false "  # noqa: S608 -- numbers and a hash
        f"where sequence = {row.sequence}"
    )


def _running_sql(row: Row, running: bool) -> str:
    return f"update launch.schema_migrations set running = {running} where sequence = {row.sequence}"  # noqa: S608 -- a number


def _mark(session: Session, migration: Migration, row: Row, position: int) -> None:
    session.connection.execute(_mark_sql(migration, row, position).encode())


def _inside(session: Session, migration: Migration, row: Row, position: int) -> None:
    """A statement that a transaction may hold shares one with its mark: there is nothing between the two."""
    text = f"{migration.statements[position].text}\n;{AS_OWNER};{_mark_sql(migration, row, position)}"
    attempt(session, migration, position, text)


def _outside(session: Session, migration: Migration, row: Row, position: int, *, was_running: bool) -> None:
    """A statement that PostgreSQL runs outside of transactions is announced, so that its result can be looked up."""
    statement = migration.statements[position]
    found_done = concurrently.is_done(session.connection, statement)
    if was_running and found_done:
        session.report(f"{migration.name}: statement {position + 1} had been completed")
        _mark(session, migration, row, position)
        return
    # What looks done before it has begun is another's work: were it announced, the next run would take it for its own.
    announced = _running_sql(row, not found_done)
    settings = migration.directives.settings(outside_transaction=True)
    backoff = session.backoff()
    while True:
        concurrently.clear(session.connection, statement, session.report)
        session.connection.execute(f"{announced}; {settings}".encode())
        outcome = session.send(statement.text, migration)
        if outcome.error is None:
            session.connection.execute(f"{ANEW}; {_mark_sql(migration, row, position)}".encode())
            return
        session.connection.execute(f"{ANEW}; {_running_sql(row, False)}".encode())
        reason = AGAIN.get(outcome.error.sqlstate)
        if reason is None or not backoff.wait(f"{migration.name}: {reason}", session.report):
            offset = outcome.error.position
            raise failure(
                migration,
                outcome.error,
                statement=position,
                offset=None if offset is None else statement.start + offset,
            )
