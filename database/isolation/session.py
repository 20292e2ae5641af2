"""One transaction as the application: statements that are tried and undone, and their expected results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from database.isolation.tenants import TABLES, Row
from database.postgres import ServerError, name, simple_query

DENIED = "42501"
"""SQLSTATE of a missing privilege, and of a row that a policy refuses."""

Statement = str | bytes

_UNDO = "rollback to savepoint attempt; "


@dataclass(frozen=True)
class Crossing:
    """A statement that succeeded although it must not, or failed although it must succeed."""

    table: str
    detail: str

    def __str__(self) -> str:
        return f"{self.table}: {self.detail}"


@dataclass
class ProbeReport:
    """A probe's findings, and how much it examined."""

    crossings: list[Crossing] = field(default_factory=list)
    examined: Counter[str] = field(default_factory=Counter)
    """`tables`, `statements`, `denials` (statements that were rightly refused) and `rows` written."""

    @property
    def isolated(self) -> bool:
        """Whether everything was examined and nothing crossed."""
        return not self.crossings and self.examined["tables"] == len(TABLES)


class StoppedError(Exception):
    """The probe cannot or need not continue. The report holds the reason."""


@dataclass(frozen=True)
class _Attempt:
    """A statement to try and undo, and its expected number of rows or SQLSTATE."""

    table: str
    what: str
    wanted: int | str
    text: str


class ProbeSession:
    """Statements of one connection in one transaction, which the caller rolls back.

    Attempts wait for the next statement and are sent with it. Each is undone before the next one begins.
    """

    def __init__(self, connection: psycopg.Connection[Any], report: ProbeReport, *, stop_at_first: bool) -> None:
        self._connection = connection
        self._cursor = psycopg.ClientCursor(connection)
        self._waiting: list[_Attempt] = []
        self._attempted = False
        self._stop_at_first = stop_at_first
        self.report = report

    def context(self, user: object, organization: str) -> None:
        """Act for this user in this organization from here on."""
        # The savepoint comes after the context: rolling back to it must not undo the settings.
        self._run(compose("select public.set_context(%s, %s); savepoint attempt"), (user, organization))

    def rows(self, statement: Statement, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement that must succeed, and return its rows."""
        self.report.examined["statements"] += 1
        self._run(statement, values)
        return self._cursor.fetchall() if self._cursor.description else []

    def _run(self, statement: Statement, values: Sequence[object]) -> None:
        self.settle()
        text = statement.encode() if isinstance(statement, str) else statement
        if self._attempted:
            text = _UNDO.encode() + text
            self._attempted = False
        self._cursor.execute(text, values or None)
        while self._cursor.nextset():
            pass

    def must(self, table: str, statement: Statement, values: Sequence[object], *, rows: int) -> None:
        """Run a statement whose effect stays.

        Raises StoppedError after reporting a crossing, or psycopg.OperationalError.
        """
        try:
            self.rows(statement, values)
            done = self._cursor.rowcount
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            self.found(table, f"the application cannot write its own row: {error.diag.message_primary}")
            raise StoppedError from None
        if done != rows:
            self.found(table, f"writing its own row made {done} rows")
            raise StoppedError

    def expect(
        self, table: str, what: str, wanted: int | str, statement: Statement, values: Sequence[object] = ()
    ) -> None:
        """Try one statement and undo it. Report a crossing unless it gives the expected number of rows or SQLSTATE.

        Raises psycopg.OperationalError for a lock, a timeout or a lost connection, which prove nothing about isolation.
        The error and the crossing may come with a later statement, at the latest with `settle`.
        """
        text = statement.encode() if isinstance(statement, str) else statement
        statement_text = self._cursor.mogrify(text, values) if values else text.decode()
        self._waiting.append(_Attempt(table, what, wanted, statement_text))
        if isinstance(wanted, str):  # the server runs nothing after a failure
            self.settle()

    def settle(self) -> None:
        """Send the waiting attempts, and compare their results."""
        while self._waiting:
            text = f"; {_UNDO}".join(each.text for each in self._waiting)
            outcome = simple_query.send(self._connection, _UNDO + text if self._attempted else text)
            results: list[int | str] = list(outcome.rows[1::2] if self._attempted else outcome.rows[::2])
            if outcome.error:
                _raise_unless_conclusive(outcome.error)
                results.append(outcome.error.sqlstate)
            self._attempted = True
            done, self._waiting = self._waiting[: len(results)], self._waiting[len(results) :]
            for attempt, result in zip(done, results, strict=True):
                self._compare(attempt, result)

    def _compare(self, attempt: _Attempt, result: int | str) -> None:
        self.report.examined["statements"] += 1
        self.report.examined["denials"] += result == DENIED
        if result != attempt.wanted:
            self.found(attempt.table, f"{attempt.what} gives {result}, not {attempt.wanted}")

    def found(self, table: str, detail: str) -> None:
        """Report a crossing."""
        self.report.crossings.append(Crossing(table, detail))
        if self._stop_at_first:
            raise StoppedError


def compose(template: str, *names: str) -> str:
    """Return the statement with quoted names in place of the template's braces."""
    return template.format(*(name(each) for each in names))


def insert(table: str, row: Row) -> tuple[bytes, list[object]]:
    """Return an insert of one row, and its values."""
    columns, marks = ", ".join(map(name, row)), ", ".join(["%s"] * len(row))
    statement = f"insert into public.{name(table)} ({columns}) values ({marks})"  # noqa: S608 -- names, all quoted
    return statement.encode(), list(row.values())


def _raise_unless_conclusive(error: ServerError) -> None:
    """Raise psycopg.OperationalError for a lock, a timeout or a lost connection: they prove nothing about isolation."""
    try:
        kind = psycopg.errors.lookup(error.sqlstate) if error.sqlstate else psycopg.OperationalError
    except KeyError:
        return
    if issubclass(kind, psycopg.OperationalError):
        raise kind(error.message)
