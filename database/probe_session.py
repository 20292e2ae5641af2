"""One transaction as the application: statements that are tried and undone, and what they must give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from database.probe_rows import TABLES, Row
from database.quoting import name

DENIED = "42501"
"""SQLSTATE of a right that is missing and of a row that a policy refuses."""

Statement = str | bytes


@dataclass(frozen=True)
class Crossing:
    """Something that the application could do and must not, or must be able to do and could not."""

    table: str
    detail: str

    def __str__(self) -> str:
        return f"{self.table}: {self.detail}"


@dataclass
class ProbeReport:
    """What a probe found, and how much it examined."""

    crossings: list[Crossing] = field(default_factory=list)
    examined: Counter[str] = field(default_factory=Counter)
    """`tables`, `statements`, `denials` (statements that were refused, as they must be) and `rows` written."""

    @property
    def isolated(self) -> bool:
        """Whether everything was examined and nothing crossed."""
        return not self.crossings and self.examined["tables"] == len(TABLES)


class StoppedError(Exception):
    """The probe cannot or need not go on; the report says why."""


class ProbeSession:
    """Statements of one connection in one transaction, which the caller rolls back."""

    def __init__(self, connection: psycopg.Connection[Any], report: ProbeReport, *, stop_at_first: bool) -> None:
        self._cursor = psycopg.ClientCursor(connection)
        self._attempted = False
        self._stop_at_first = stop_at_first
        self.report = report

    def context(self, user: object, organization: str) -> None:
        """From here on, act for this user in this organization."""
        # The savepoint comes after the context: rolling back to it must not undo the settings.
        self._send(compose("select public.set_context(%s, %s); savepoint attempt"), (user, organization))

    def rows(self, statement: Statement, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement that has to succeed, and fetch what it returns."""
        self.report.examined["statements"] += 1
        self._send(statement, values)
        return self._cursor.fetchall() if self._cursor.description else []

    def _send(self, statement: Statement, values: Sequence[object]) -> None:
        """Run a statement, in one round trip with the undoing of the attempt before it."""
        text = statement.encode() if isinstance(statement, str) else statement
        if self._attempted:
            text = b"rollback to savepoint attempt; " + text
            self._attempted = False
        self._cursor.execute(text, values or None)
        while self._cursor.nextset():
            pass

    def must(self, table: str, statement: Statement, values: Sequence[object], *, rows: int) -> None:
        """Run a statement that stays; raises StoppedError, with a crossing reported, or psycopg.OperationalError."""
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

    def attempt(self, statement: Statement, values: Sequence[object] = ()) -> object:
        """The rows touched or the SQLSTATE; what was done will be undone. Raises psycopg.OperationalError."""
        try:
            self.rows(statement, values)
            return self._cursor.rowcount
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            if error.sqlstate == DENIED:
                self.report.examined["denials"] += 1
            return error.sqlstate
        finally:
            self._attempted = True

    def expect(
        self, table: str, what: str, wanted: object, statement: Statement, values: Sequence[object] = ()
    ) -> None:
        """Report a crossing unless the statement gives what is wanted: rows touched, an SQLSTATE, or a list of rows."""
        if isinstance(wanted, list):
            done: object = self.rows(statement, values)
        else:
            done = self.attempt(statement, values)
        if done != wanted:
            self.found(table, f"{what} gives {done}, not {wanted}")

    def found(self, table: str, detail: str) -> None:
        """Report a crossing."""
        self.report.crossings.append(Crossing(table, detail))
        if self._stop_at_first:
            raise StoppedError


def compose(template: str, *names: str) -> str:
    """A statement with quoted names in place of its braces."""
    return template.format(*(name(each) for each in names))


def insert(table: str, row: Row) -> tuple[bytes, list[object]]:
    """An insert of one row, and its values."""
    columns, marks = ", ".join(map(name, row)), ", ".join(["%s"] * len(row))
    statement = f"insert into public.{name(table)} ({columns}) values ({marks})"  # noqa: S608 -- names, all quoted
    return statement.encode(), list(row.values())
