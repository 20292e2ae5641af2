"""Consequences of a server error for a run: retry the file, reconnect, or stop with a reason."""

from __future__ import annotations

from database.migrations import Migration
from database.postgres import READ_ONLY, REMEDIES, DatabaseError, ServerError, raised_messages, without_rows
from database.sqltext import place

_MADE_READ_ONLY = "The file makes its own transaction read-only, so the ledger could not be written: remove that."

_LOST = ("", "57P01", "57P02", "57P03")
_DATA_CLASSES = ("22", "23", "44")
"""SQLSTATE classes whose DETAIL quotes tenants' rows, which must not be logged."""


class MigrationError(DatabaseError):
    """A statement of a file failed. The work of the file's transaction is rolled back."""

    def __init__(self, what: str, *, where: str, remedy: str, sqlstate: str, statement: str) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.sqlstate = sqlstate
        self.statement = statement
        """The statement's text; empty if the commit failed."""


def lost(error: ServerError) -> bool:
    """Return whether the session is gone, as opposed to a faulty statement."""
    return error.sqlstate in _LOST or error.sqlstate.startswith("08")


def failure(migration: Migration, error: ServerError, *, statement: int, offset: int | None) -> MigrationError:
    """Return the error for the operator: file, line, column, SQLSTATE, statement.

    `statement` counts from 0; `offset` is the place in the file that the server reported, if any.
    """
    statements = migration.statements
    at_commit = statement >= len(statements)
    if offset is None:
        offset = len(migration.text) if at_commit else statements[statement].start
    line, column = place(migration.text, offset)
    text = "" if at_commit else statements[statement].text
    message = raised_messages.without_values(error.message, error.sqlstate, error.context, text)
    parts = [f"{without_rows(message, error.sqlstate, text)} (SQLSTATE {error.sqlstate})"]
    raised = raised_messages.is_raised(error.sqlstate, error.context)
    if error.detail and not raised and not error.sqlstate.startswith(_DATA_CLASSES):
        parts.append(error.detail)
    if context := raised_messages.context_lines(error.context):
        parts.append(" | ".join(context))
    parts.append("at commit" if at_commit else f"in statement {statement + 1} of {len(statements)}: {_shown(text)}")
    return MigrationError(
        "; ".join(parts),
        where=f"{migration.name}:{line}:{column}",
        remedy=(raised_messages.template_of(error.hint, text) if raised else error.hint)
        or _remedy(migration, error.sqlstate),
        sqlstate=error.sqlstate,
        statement=text,
    )


def _remedy(migration: Migration, sqlstate: str) -> str:
    if sqlstate == READ_ONLY and "transaction_read_only" in migration.text.lower():
        return _MADE_READ_ONLY
    return REMEDIES.get(sqlstate, "")


def _shown(statement: str) -> str:
    line = " ".join(statement.split())
    return line if len(line) <= 120 else line[:117] + "…"
