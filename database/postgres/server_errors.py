"""The server's errors on this program's own statements: with SQLSTATE and remedy, without tenants' rows."""

from __future__ import annotations

import re

import psycopg

from database.postgres.errors import RefusedError
from database.postgres.raised_messages import without_values

READ_ONLY = "25006"
TIMED_OUT = "25P04"
"""A transaction outlived its `transaction_timeout`. The server ends the session as well, and would do so every time."""

REMEDIES = {
    "42501": "Connect as the role that owns the schema.",
    READ_ONLY: "This server is read-only: use the primary's direct host.",
    "53100": "The server's disk is full: make room, then run again.",
    "53200": "The server is out of memory: run again when it is less busy.",
    "53300": "All connection slots are in use: close some, then run again.",
    TIMED_OUT: "The file sets a `transaction_timeout` that it does not keep: raise it, or split the file.",
    "57014": "Split the file, or raise its `--! statement-timeout`.",
    "55P03": "End the session that holds the table, or run again at a quieter time.",
}
"""Remedies by SQLSTATE."""

_QUOTED = re.compile(r'".*"', re.DOTALL)
"""From the first to the last quote: PostgreSQL does not escape quotes inside a value."""


def server_error(error: psycopg.Error, *, where: str) -> RefusedError:
    """Return the error for a server's refusal of one of the runner's own statements."""
    sqlstate = error.sqlstate or ""
    message = error.diag.message_primary or str(error).strip()
    what = without_rows(without_values(message, sqlstate, error.diag.context or "", ""), sqlstate)
    return RefusedError(f"{what} (SQLSTATE {sqlstate})", where=where, remedy=REMEDIES.get(sqlstate, ""))


def without_rows(message: str, sqlstate: str, statement: str = "") -> str:
    """Return the message without the value that it quotes, for errors about values (class 22). Others quote names only.

    22023 also covers options and settings: text that is in the statement itself is kept.
    """
    quoted = _QUOTED.search(message)
    if quoted is None or not sqlstate.startswith("22"):
        return message
    in_statement = quoted.group().strip('"').lower() in statement.lower()
    return message if sqlstate == "22023" and in_statement else _QUOTED.sub('"…"', message)
