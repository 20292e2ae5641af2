"""An application that works on the database during the change, and a monitor of who waits for whom."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import psycopg

from database.postgres import DatabaseError, connect, name

_APPLICATION = "launch rehearse load"
_WATCH = "launch rehearse watch"
_PAUSE = 0.02
_LOOK = 0.015
"""Seconds between two looks at the locks."""
_MOST_TABLES = 20
_TABLES = """
select n.nspname, c.relname, a.attname from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_index as i on i.indrelid = c.oid and i.indisprimary
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = i.indkey[0]
where c.relkind = 'r' and n.nspname = 'public'
order by c.reltuples desc, c.relname limit %s
"""
_LOCKS = """
select clock_timestamp(), a.pid, a.application_name, c.relname, l.mode
from pg_catalog.pg_locks as l
join pg_catalog.pg_stat_activity as a on a.pid = l.pid
join pg_catalog.pg_class as c on c.oid = l.relation
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where l.granted and l.locktype = 'relation' and l.database = (
        select oid from pg_catalog.pg_database where datname = current_database()
    )
  and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema')
  and a.application_name = any(%s::text[]) and c.relkind in ('r', 'p', 'm', 'v')
"""
_BLOCKED = """
select a.pid, a.application_name, pg_catalog.pg_blocking_pids(a.pid)
from pg_catalog.pg_stat_activity as a
where a.datname = current_database() and cardinality(pg_catalog.pg_blocking_pids(a.pid)) > 0
"""
CHANGING = ("prductr migrations", "launch security")
"""Application names of the sessions that run migrations and row security."""
_NOTICED = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
"""Modes that block writers, or everybody."""


@dataclass(frozen=True)
class Look:
    """The result of one look at the server."""

    at: float
    """Seconds since the change began."""
    moment: str
    """The server's clock, in ISO 8601 format."""
    locks: frozenset[tuple[str, str]]
    """Table and mode of the change's locks that others notice."""
    blocked: int
    """Number of sessions that wait for one of them."""


@dataclass
class Statements:
    """The experience of the application."""

    reads: int = 0
    writes: int = 0
    failed: list[tuple[float, str]] = field(default_factory=list)
    """Time and server's message of each failure."""
    slowest: float = 0.0
    """Seconds of the slowest statement."""
    slowest_at: float = 0.0


class Load:
    """Reads and writes as the owner from one thread, looks at locks from another, until the end of the block.

    A write sets a key to itself and is committed: it takes the locks of a real write and changes nothing. Failures of
    the looks are no failures of the application: they are in `trouble`.
    """

    def __init__(self, url: Callable[[], str]) -> None:
        self.statements = Statements()
        self.looks: list[Look] = []
        self.trouble: list[str] = []
        """What could not be seen of the change, and why; complete at the end of the block."""
        self._url = url
        self._began = time.monotonic()
        self._recording = threading.Lock()
        self._reached = False
        """Whether the database was ever reached: until then nothing of it can fail."""
        self._unreached = ""
        self._watched = 0
        """Looks at the locks since the change began."""
        self._blind: list[str] = []
        """Failures of the looks since the change began."""
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._guarded, args=each)
            for each in ((self._work, self._failed), (self._watch, self._blind.append))
        ]

    def begin(self) -> None:
        """Mark the beginning of the change."""
        with self._recording:
            self._began = time.monotonic()
            self.statements = Statements()
            self.looks.clear()
            self._blind.clear()
            self._watched = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if not self._reached:
            reason = self._unreached or "the change was too short"
            self.trouble.append(f"neither the application nor the monitor of locks reached the database: {reason}")
        elif self._blind or not self._watched:
            reasons = "; ".join(sorted(set(self._blind))) or "it made no look"
            self.trouble.append(f"the monitor of locks was blind for a time, so locks may be missing: {reasons}")

    def _guarded(
        self, work: Callable[[psycopg.Connection[tuple[Any, ...]]], None], failed: Callable[[str], None]
    ) -> None:
        """Keep a session open, and reconnect if it ends: a change may restart the server."""
        while not self._stop.is_set():
            exists = self._reached  # a change may also make the first database
            try:
                url = self._url()
                exists = True
                with connect(url, application_name=_APPLICATION, autocommit=True, patience=5) as connection:
                    connection.execute("set statement_timeout = '30s'")
                    self._reached = True
                    work(connection)
            except (DatabaseError, psycopg.Error) as error:
                self._unreached = _text(error)
                if exists:
                    failed(self._unreached)
                self._stop.wait(0.5)

    def _work(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        tables: list[tuple[str, str, str]] = []
        number = 0
        while not self._stop.is_set():
            if number % 50 == 0:  # a change creates and drops tables
                tables = connection.execute(_TABLES, (_MOST_TABLES,)).fetchall()
            if not tables:
                self._stop.wait(_PAUSE * 10)
                continue
            schema, table, key = tables[number % len(tables)]
            quoted, column = f"{name(schema)}.{name(table)}", name(key)
            began = time.monotonic()
            try:
                if number % 2:
                    row = f"(select ctid from {quoted} limit 1 for update skip locked)"  # noqa: S608 -- names from the catalog
                    connection.execute(f"update {quoted} set {column} = {column} where ctid = {row}".encode())  # noqa: S608
                    self.statements.writes += 1
                else:
                    connection.execute(f"select * from {quoted} limit 10".encode())  # noqa: S608
                    self.statements.reads += 1
            except psycopg.Error as error:
                if connection.broken:
                    raise
                self._failed(_text(error))
            seconds = time.monotonic() - began
            if seconds > self.statements.slowest:
                self.statements.slowest, self.statements.slowest_at = seconds, began - self._began
            number += 1
            self._stop.wait(_PAUSE)

    def _watch(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        connection.execute(f"set application_name = '{_WATCH}'".encode())
        while not self._stop.is_set():
            held = connection.execute(_LOCKS, (list(CHANGING),)).fetchall()
            holders = {int(row[1]) for row in held}
            noticed = frozenset((str(row[3]), str(row[4])) for row in held if row[4] in _NOTICED)
            waiting = connection.execute(_BLOCKED).fetchall() if holders else []
            blocked = sum(
                bool(holders & set(blockers)) and application not in CHANGING for _, application, blockers in waiting
            )
            with self._recording:
                self._watched += 1
                if holders:
                    moment = held[0][0].isoformat()
                    self.looks.append(Look(time.monotonic() - self._began, moment, noticed, blocked))
            self._stop.wait(_LOOK)

    def _failed(self, text: str) -> None:
        with self._recording:
            if self._reached:
                self.statements.failed.append((time.monotonic() - self._began, text))


def _text(error: Exception) -> str:
    return error.what if isinstance(error, DatabaseError) else str(error).partition("\n")[0]
