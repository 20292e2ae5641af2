"""Repeats a statement in small transactions until it changes nothing: a backfill that holds no lock for long."""

from __future__ import annotations

import time

import psycopg

from database.migrations import Migration
from database.postgres import without_rows
from database.runner.statement_failures import MigrationError
from database.runner.transactional import Session, attempt
from database.sqltext import place

_REPORT_SECONDS = 2.0
_STRIKES = 3
"""How many counts in a row may fail to fall because the application adds rows, before the statement is given up."""


def run(session: Session, migration: Migration, position: int) -> None:
    """Repeat statement `position` until it changes no row.

    Raises MigrationError, also if the number of remaining rows does not fall.
    """
    plan = migration.batches[position]
    statement = migration.statements[position].text
    remaining = _count(session, migration, position)
    total, changed, since_count, strikes = remaining, 0, 0, 0
    reported = 0.0
    while rows := attempt(session, migration, position, statement):
        changed += rows
        since_count += rows
        if time.monotonic() - reported > _REPORT_SECONDS:
            session.report(f"{migration.name}: {changed} of {max(total, changed)} rows")
            reported = time.monotonic()
        if since_count > remaining:
            before, remaining, since_count = remaining, _count(session, migration, position), 0
            strikes = strikes + 1 if remaining >= before else 0
            total = changed + remaining
        if strikes == _STRIKES:
            raise MigrationError(
                f"the batch has changed {changed} rows, and {remaining} remain, no fewer than before",
                where=migration.name,
                remedy="Make the statement change its own condition; compare it with `remaining`.",
                sqlstate="",
                statement=statement,
            )
        time.sleep(plan.pause_ms / 1000)
    session.report(f"{migration.name}: {changed} rows done")


def _count(session: Session, migration: Migration, position: int) -> int:
    """Return the number of remaining rows. Raises MigrationError if the directive's query is wrong."""
    query = migration.batches[position].remaining
    try:
        row = session.connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0
    except (psycopg.ProgrammingError, psycopg.DataError, TypeError, ValueError) as error:
        line, column = place(migration.text, migration.statements[position].start)
        sqlstate, reason = "", "it returns no number"
        if isinstance(error, psycopg.Error):
            sqlstate = error.sqlstate or ""
            reason = without_rows(error.diag.message_primary or str(error), sqlstate)
        raise MigrationError(
            f"the query of `--! remaining` does not count: {reason}",
            where=f"{migration.name}:{line}:{column}",
            remedy="Write one select that returns one number.",
            sqlstate=sqlstate,
            statement=query,
        ) from None
