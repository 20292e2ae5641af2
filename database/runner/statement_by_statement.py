"""Runs a file without a transaction: each statement on its own, each with its mark in the ledger."""

from __future__ import annotations

import time

from database.ledger import Ledger, done_checksum, ledger, update_sql
from database.migrations import Migration, statement_rules
from database.postgres import AGAIN
from database.runner import batches, concurrent_indexes
from database.runner.session_settings import ANEW, AS_OWNER
from database.runner.statement_failures import MigrationError, failure
from database.runner.transactional import Session, attempt
from database.sqltext import place

PROGRESS_SECONDS = 2.0
"""Seconds between progress reports of a long file; a quick one prints none."""


def run(session: Session, known: Ledger, migration: Migration) -> Ledger:
    """Apply the file from its first statement that is not done, and return the ledger with its row.

    Raises MigrationError. The effects of completed statements stay, and the statements are marked as done.
    """
    known = _begin(session, known, migration)
    reported = time.monotonic()
    for position in range(known.rows[-1].done, len(migration.statements)):
        if time.monotonic() - reported >= PROGRESS_SECONDS:
            session.report(f"{migration.name}: statement {position + 1} of {len(migration.statements)}")
            reported = time.monotonic()
        if position in migration.batches:
            batches.run(session, migration, position)
            known = session.update(_done(known, migration, position))
        elif statement_rules.needs_no_transaction(migration.statements[position]):
            known = _outside(session, known, migration, position)
        else:
            known = _inside(session, known, migration, position)
    return session.update(ledger.with_last(known, status="applied"))


def is_under_way(known: Ledger, migration: Migration) -> bool:
    """Return whether an interrupted run began the file statement by statement.

    The file is finished that way, even after an edit.
    """
    last = known.rows[-1] if known.rows else None
    return last is not None and last.name == migration.name and last.status == "started"


def require_unedited(known: Ledger, migration: Migration) -> None:
    """Raise MigrationError if completed statements of a half-applied file were edited since."""
    if not is_under_way(known, migration):
        return
    last = known.rows[-1]
    done = [statement.text for statement in migration.statements[: last.done]]
    if done_checksum(done) != last.done_checksum and last.done:
        raise MigrationError(
            f"the first {last.done} statements are already done, and were edited since",
            where=migration.name,
            remedy="Restore them; later statements may be corrected.",
            sqlstate="",
            statement="",
        )


def _begin(session: Session, known: Ledger, migration: Migration) -> Ledger:
    """Return the ledger with the file's row at its end: a new row, or that of an interrupted run."""
    if not is_under_way(known, migration):
        return session.insert(ledger.with_next(known, migration, session.author, status="started"))
    require_unedited(known, migration)
    last = known.rows[-1]
    session.report(f"{migration.name}: continuing after statement {last.done}")
    running = last.running and last.checksum == migration.checksum  # otherwise it may be another statement by now
    return session.update(ledger.with_last(known, checksum=migration.checksum, running=running))


def _done(known: Ledger, migration: Migration, position: int) -> Ledger:
    """Return the ledger after the statement."""
    done = done_checksum([statement.text for statement in migration.statements[: position + 1]])
    return ledger.with_last(known, done=position + 1, done_checksum=done, running=False)


def _inside(session: Session, known: Ledger, migration: Migration, position: int) -> Ledger:
    """Run the statement in one transaction with its mark, so there is no state between the two."""
    done = _done(known, migration, position)
    text = f"{migration.statements[position].text}\n;{AS_OWNER};{update_sql(done.rows[-1])}"
    attempt(session, migration, position, text)
    return done


def _outside(session: Session, known: Ledger, migration: Migration, position: int) -> Ledger:
    """Run the statement outside of a transaction. It is announced first, so its result can be checked later."""
    statement, done = migration.statements[position], _done(known, migration, position)
    settings = migration.directives.settings(outside_transaction=True)
    backoff = session.backoff()
    while True:
        found_done = concurrent_indexes.is_done(session.connection, statement)
        if known.rows[-1].running and found_done:
            session.report(f"{migration.name}: statement {position + 1} had been completed")
            return session.update(done)
        if pid := concurrent_indexes.builder(session.connection, statement):
            if backoff.wait(f"{migration.name}: {_BUILT.format(pid)}", session.report):
                continue
            raise _built_by_another(migration, position, pid)
        concurrent_indexes.clear(session.connection, statement, session.report)
        # Work that is done before the statement has begun is somebody else's. If it were announced, the next run would
        # mistake it for its own.
        announced = update_sql(ledger.with_last(known, running=not found_done).rows[-1])
        session.connection.execute(f"{announced}; {settings}".encode())
        outcome = session.send(statement.text, migration)
        if outcome.error is None:
            session.connection.execute(f"{ANEW}; {update_sql(done.rows[-1])}".encode())
            return done
        known = ledger.with_last(known, running=False)
        session.connection.execute(f"{ANEW}; {update_sql(known.rows[-1])}".encode())
        reason = AGAIN.get(outcome.error.sqlstate)
        if reason is None or not backoff.wait(f"{migration.name}: {reason}", session.report):
            offset = outcome.error.position
            raise failure(
                migration,
                outcome.error,
                statement=position,
                offset=None if offset is None else statement.start + offset,
            )


_BUILT = "session {} is building an index of the same table"


def _built_by_another(migration: Migration, position: int, pid: int) -> MigrationError:
    statement = migration.statements[position]
    line, column = place(migration.text, statement.start)
    return MigrationError(
        _BUILT.format(pid),
        where=f"{migration.name}:{line}:{column}",
        remedy="Wait until it ends, then run again.",
        sqlstate="",
        statement=statement.text,
    )
