"""What the server answers to a statement of our own: an error by SQLSTATE, with a remedy, without rows of tenants."""

from __future__ import annotations

import re

import psycopg

from database.postgres.errors import RefusedError
from database.postgres.raised_messages import without_values

READ_ONLY = "25006"
TIMED_OUT = "25P04"
"""A transaction outlived its `transaction_timeout`. The server ends the session with it, and would do so each time."""

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
"""What to do next, by SQLSTATE."""

_QUOTED = re.compile(r'".*"', re.DOTALL)
"""From the first to the last quote: PostgreSQL quotes a value as it is, quotes in it included."""


def server_error(error: psycopg.Error, *, where: str) -> RefusedError:
    """An error that the server answers to a statement of the runner's own."""
    sqlstate = error.sqlstate or ""
    message = error.diag.message_primary or str(error).strip()
    what = without_rows(without_values(message, sqlstate, error.diag.context or "", ""), sqlstate)
    return RefusedError(f"{what} (SQLSTATE {sqlstate})", where=where, remedy=REMEDIES.get(sqlstate, ""))


def without_rows(message: str, sqlstate: str, statement: str = "") -> str:
    """The message without the value that it quotes, if it is one about a value (class 22); others quote names only.

    22023 is about options and settings as well: what the statement itself says is shown.
    """
    quoted = _QUOTED.search(message)
    if quoted is None or not sqlstate.startswith("22"):
        return message
    said = quoted.group().strip('"').lower() in statement.lower()
    return message if sqlstate == "22023" and said else _QUOTED.sub('"…"', message)
