"""One run at a time: a session's advisory lock, polled.

A session that waits inside `pg_advisory_lock` holds a snapshot, and an index that the lock's holder builds concurrently
waits for that snapshot: PostgreSQL then kills one of the two. A polling session holds nothing between its queries.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from database.postgres import DatabaseError

LOCK_ID = 0x70_72_64_75_63_74_72
"""Key of the lock, the same for every runner. Each database has its own advisory locks."""

_HOLDER = """
select l.pid, a.application_name, a.usename
  from pg_catalog.pg_locks as l
  left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
 where l.locktype = 'advisory' and l.granted and l.objsubid = 1
   and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
   and l.classid = %s and l.objid = %s
"""
_REPORT_SECONDS = 5.0


class LockHeldError(DatabaseError):
    """Another run held the lock until the deadline."""


@contextmanager
def exclusive(connection: psycopg.Connection[Any], *, patience: float, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock, waiting up to `patience` seconds for another run to end and reporting which session that is.

    The connection must be in autocommit mode. Raises LockHeldError.
    """
    started = reported = time.monotonic()
    delay = 0.02
    while not _attempt(connection):
        now = time.monotonic()
        if now - started > patience:
            raise LockHeldError(
                f"another run of the migrations has held the lock for more than {patience:.0f} s{_holder(connection)}",
                where=connection.info.dbname,
                remedy="Wait until it ends, or end its session with pg_terminate_backend.",
            )
        if now - reported >= _REPORT_SECONDS:
            report(f"waiting for {now - started:.0f} s for another run of the migrations{_holder(connection)}")
            reported = now
        time.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter
        delay = min(delay * 1.5, 0.5)
    try:
        yield
    finally:
        with suppress(psycopg.Error):  # a lost connection has already released it
            connection.execute("select pg_catalog.pg_advisory_unlock(%s)", (LOCK_ID,))


def _attempt(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("select pg_catalog.pg_try_advisory_lock(%s)", (LOCK_ID,)).fetchone()
    return bool(row and row[0])


def _holder(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute(_HOLDER, divmod(LOCK_ID, 1 << 32)).fetchone()
    return f" (session {row[0]}, {row[2] or 'unknown role'}, {row[1] or 'unnamed'})" if row else ""
