"""Brings a database to the state of the files: applies each pending file exactly once, in order."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from database.ledger import Author, Ledger, Memory, ledger
from database.migrations import Migration, baseline, history, preflight
from database.migrations import files as migrations
from database.postgres import (
    WAKE_SECONDS,
    Backoff,
    Connection,
    ConnectionLostError,
    DatabaseError,
    connect,
    raised_messages,
    require_direct,
    require_server,
    server_error,
)
from database.runner import statement_by_statement
from database.runner.advisory_lock import exclusive
from database.runner.session_settings import SETTINGS
from database.runner.transactional import Session, in_transaction

_FLUSH = """
begin; set local synchronous_commit = on; update launch.database set format = format; commit
"""
"""Makes all earlier commits durable at once. Until then a crash of the server loses the newest files together with
their rows of the ledger, never one without the other, and the next run applies them again."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits on a run's patience."""

    lock_seconds: float = 600.0
    """Seconds to wait for another run to end."""
    attempts: int = 10
    """Attempts for one file that locks, deadlocks or serialization failures roll back."""
    first_pause: float = 0.25
    longest_pause: float = 8.0
    connections: int = 5
    """Sessions that may be lost in a row without progress between them."""
    wake_seconds: float = WAKE_SECONDS
    """Seconds to wait for a server to start."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """The database after a run."""

    version: str
    """Newest applied version, `0010`."""
    identity: str
    """Identity of the database, see `Ledger.identity`."""
    manifest: dict[str, str]
    """File name to checksum of everything applied."""
    ran: tuple[str, ...]
    """Files that this run applied or recorded."""


class Runner:
    """Runs the files of one directory against one database."""

    def __init__(
        self,
        url: str,
        directory: Path,
        *,
        memory: Memory | None = None,
        limits: Limits | None = None,
        report: Callable[[str], None] = lambda _message: None,
    ) -> None:
        """`memory` is the caller's record of the database."""
        self._url = url
        self._directory = directory
        self._memory = memory or Memory()
        self._limits = limits or Limits()
        self._report = report
        self._ran: list[str] = []
        self._running = ""
        """The text of the file that is being applied."""
        self._interrupted = False
        """Whether a session was lost, so it is unknown whether its last commits succeeded."""

    def run(self) -> Result:
        """Apply the pending files. Raises DatabaseError; after an error, a later run continues where this one ended."""
        require_direct(self._url)
        files = migrations.load(self._directory)
        backoff, progress = self._backoff(self._limits.connections), 0
        while True:
            try:
                return self._session(files)
            except ConnectionLostError as error:
                self._interrupted = True
                if len(self._ran) > progress:
                    backoff, progress = self._backoff(self._limits.connections), len(self._ran)
                if not backoff.wait(str(error), self._report):
                    raise

    def _backoff(self, attempts: int) -> Backoff:
        return Backoff(attempts, first=self._limits.first_pause, longest=self._limits.longest_pause)

    def _session(self, files: Sequence[Migration]) -> Result:
        with connect(
            self._url,
            application_name="prductr migrations",
            autocommit=True,
            patience=self._limits.wake_seconds,
            without_timeouts=True,
        ) as connection:
            try:
                return self._reconcile(connection, files)
            except psycopg.Error as error:
                if connection.closed or connection.broken:
                    raise ConnectionLostError("the connection was lost", where=connection.label) from None
                raise server_error(error, where=connection.label) from None

    def _reconcile(self, connection: Connection, files: Sequence[Migration]) -> Result:
        require_server(connection)
        known = self._memory.recognise(ledger.read(connection), connection.label)
        todo = self._pending(connection, files, known)
        for migration in todo:
            migration.validate()
        if known is not None and not todo:
            if self._interrupted:  # perhaps before the flush
                connection.execute(_FLUSH)
            return self._result(known)
        connection.execute(SETTINGS)
        connection.add_notice_handler(self._notice)
        with exclusive(connection, patience=self._limits.lock_seconds, report=self._report):
            return self._result(self._apply(connection, files, fresh=known is None))

    def _notice(self, notice: psycopg.errors.Diagnostic) -> None:
        """Report a notice of the server, without text that a function may have built from rows."""
        message = notice.message_primary or ""
        if raised_messages.is_raised("", notice.context or ""):
            message = raised_messages.template_of(message, self._running)
        if message:
            self._report(f"the server reports: {message}")

    def _pending(self, connection: Connection, files: Sequence[Migration], known: Ledger | None) -> list[Migration]:
        return history.pending(files, known.entries() if known else [], where=connection.label)

    def _apply(self, connection: Connection, files: Sequence[Migration], *, fresh: bool) -> Ledger:
        """Under the lock, read the ledger again, since another run may have made progress, and apply the rest."""
        read = ledger.create if fresh else ledger.read
        known = self._memory.recognise(read(connection), connection.label)
        if known is None:
            raise DatabaseError("the ledger vanished", where=connection.label, remedy="Run again.")
        session = Session(
            connection=connection,
            author=Author(role=connection.info.user, runner=f"{platform.node()}:{os.getpid()}"),
            backoff=lambda: self._backoff(self._limits.attempts),
            report=self._report,
        )
        todo = self._pending(connection, files, known)
        older = bool(todo) and todo[0].directives.baseline and baseline.is_inhabited(connection)
        if older:
            baseline.require_equal(connection, self._directory, where=connection.label)
        if older or known.rows:
            preflight.require_clear(connection, self._directory, todo, where=connection.label)
        for position, migration in enumerate(todo, 1):
            self._report(f"{migration.name} ({position} of {len(todo)})")
            self._running = migration.text
            if migration.directives.baseline and older:
                known = session.insert(ledger.with_next(known, migration, session.author, kind="baseline"))
            elif migration.directives.transaction and not statement_by_statement.is_under_way(known, migration):
                known = in_transaction(session, known, migration)
            else:
                known = statement_by_statement.run(session, known, migration)
            self._ran.append(migration.name)
        connection.execute(_FLUSH)
        held = ledger.read(connection) if todo else known
        if held is None or [row.chain for row in held.rows] != [row.chain for row in known.rows]:
            raise DatabaseError(
                "the ledger lacks this run's records",
                where=connection.label,
                remedy="The files themselves prevent writing to launch.schema_migrations.",
            )
        return known

    def _result(self, known: Ledger) -> Result:
        return Result(version=known.version, identity=known.identity, manifest=known.manifest, ran=tuple(self._ran))
