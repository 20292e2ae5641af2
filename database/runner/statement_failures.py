"""What an error of the server means for a run: try the file again, connect again, or stop and say why."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

import psycopg

from database.migrations.files import Migration
from database.postgres.errors import DatabaseError, RefusedError
from database.postgres.simple_query import ServerError
from database.sqltext.statements import place

AGAIN = {"55P03": "a lock was not free in time", "40P01": "deadlock", "40001": "serialization failure"}
"""Errors after which the same file may succeed a moment later."""

TIMED_OUT = "25P04"
"""A transaction outlived its `transaction_timeout`. The server ends the session with it, and would do so each time."""

_READ_ONLY = "25006"
_MADE_READ_ONLY = "The file makes its own transaction read-only, and the ledger could not be written: take that out."

_LOST = ("", "57P01", "57P02", "57P03")
REMEDIES = {
    "42501": "Connect as the role that owns the schema.",
    _READ_ONLY: "This server is read-only: use the primary's direct host.",
    "53100": "The server's disk is full: make room, then run again.",
    "53200": "The server is out of memory: run again when it is less busy.",
    "53300": "All connection slots are in use: close some, then run again.",
    TIMED_OUT: "The file sets a `transaction_timeout` that it does not keep: raise it, or split the file.",
    "57014": "Split the file, or raise its `--! statement-timeout`.",
    "55P03": "End the session that holds the table, or run again at a quieter time.",
}
"""What to do next, by SQLSTATE."""

_DATA_CLASSES = ("22", "23", "44")
"""SQLSTATE classes whose DETAIL and CONTEXT quote rows of tenants, which belong in no log."""

_QUOTED = re.compile(r'".*"', re.DOTALL)
"""From the first to the last quote: PostgreSQL quotes a value as it is, quotes in it included."""


class ConnectionLostError(DatabaseError):
    """The session ended; what it had not committed is undone."""


class MigrationError(DatabaseError):
    """A statement of a file failed; what the file's transaction did is undone."""

    def __init__(self, what: str, *, where: str, remedy: str, sqlstate: str, statement: str) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.sqlstate = sqlstate
        self.statement = statement
        """The statement's text, or an empty text where the commit failed."""


def lost(error: ServerError) -> bool:
    """Whether the session is gone, rather than the statement wrong."""
    return error.sqlstate in _LOST or error.sqlstate.startswith("08")


def server_error(error: psycopg.Error, *, where: str) -> RefusedError:
    """An error that the server answers to a statement of the runner's own."""
    sqlstate = error.sqlstate or ""
    what = without_rows(error.diag.message_primary or str(error).strip(), sqlstate)
    return RefusedError(f"{what} (SQLSTATE {sqlstate})", where=where, remedy=REMEDIES.get(sqlstate, ""))


def failure(migration: Migration, error: ServerError, *, statement: int, offset: int | None) -> MigrationError:
    """The error as the operator reads it: file, line, column, SQLSTATE, statement.

    `statement` counts from 0; `offset` is the place in the file that the server named, if it named one.
    """
    statements = migration.statements
    at_commit = statement >= len(statements)
    if offset is None:
        offset = len(migration.text) if at_commit else statements[statement].start
    line, column = place(migration.text, offset)
    text = "" if at_commit else statements[statement].text
    parts = [f"{without_rows(error.message, error.sqlstate, text)} (SQLSTATE {error.sqlstate})"]
    if error.detail and not error.sqlstate.startswith(_DATA_CLASSES):
        parts.append(error.detail)
    if context := _context(error):
        parts.append(" | ".join(context))
    parts.append("at commit" if at_commit else f"in statement {statement + 1} of {len(statements)}: {_shown(text)}")
    return MigrationError(
        "; ".join(parts),
        where=f"{migration.name}:{line}:{column}",
        remedy=error.hint or _remedy(migration, error.sqlstate),
        sqlstate=error.sqlstate,
        statement=text,
    )


def without_rows(message: str, sqlstate: str, statement: str = "") -> str:
    """The message without the value that it quotes, if it is one about a value (class 22); others quote names only.

    22023 is about options and settings as well: what the statement itself says is shown.
    """
    quoted = _QUOTED.search(message)
    if quoted is None or not sqlstate.startswith("22"):
        return message
    said = quoted.group().strip('"').lower() in statement.lower()
    return message if sqlstate == "22023" and said else _QUOTED.sub('"…"', message)


def _remedy(migration: Migration, sqlstate: str) -> str:
    if sqlstate == _READ_ONLY and "transaction_read_only" in migration.text.lower():
        return _MADE_READ_ONLY
    return REMEDIES.get(sqlstate, "")


def _context(error: ServerError) -> list[str]:
    lines = error.context.splitlines()
    if error.sqlstate.startswith(_DATA_CLASSES):
        return [line for line in lines if line.startswith("PL/pgSQL function ")]
    return lines


def _shown(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= 120 else line[:117] + "…"


class Backoff:
    """Growing, jittered pauses: no two runners come back at the same time, and none for ever."""

    def __init__(self, attempts: int, *, first: float, longest: float) -> None:
        self.left = attempts
        self._pause = first
        self._longest = longest

    def wait(self, reason: str, report: Callable[[str], None]) -> bool:
        """Pause and return True, or return False when all attempts are used up."""
        if self.left <= 1:
            return False
        self.left -= 1
        pause = self._pause * random.uniform(0.5, 1.5)  # noqa: S311 -- jitter
        report(f"{reason}; trying again in {pause:.1f} s, {self.left} attempts left")
        time.sleep(pause)
        self._pause = min(self._pause * 2, self._longest)
        return True
