"""Turns failures of queries on an open connection into errors with a remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from database.postgres.connection import Connection
from database.postgres.errors import BusyError, RefusedError, UnreachableError
from database.postgres.server_errors import server_error

_BUSY = {"55P03": "a table is locked by another session", "57014": "the query was cancelled before it finished"}


@contextmanager
def query_errors(connection: Connection) -> Iterator[None]:
    """Raise UnreachableError, BusyError or RefusedError in place of psycopg's errors."""
    try:
        yield
    except psycopg.Error as error:
        where = connection.label
        if connection.closed or connection.broken:
            raise UnreachableError("the connection was lost", where=where) from None
        if busy := _BUSY.get(error.sqlstate or ""):
            remedy = "End the session that is in the way, or run again at a quieter time."
            raise BusyError(busy, where=where, remedy=remedy) from None
        require_public(not isinstance(error, psycopg.errors.InvalidSchemaName), where)
        raise server_error(error, where=where) from None


def require_public(exists: bool, where: str) -> None:
    """Refuse a database without schema public. Raises RefusedError.

    Without it the next schema of the search path is pg_temp: tables would be created there, be recorded, and vanish.
    """
    if not exists:
        raise RefusedError(
            "the database has no schema public", where=where, remedy="Run `create schema public` as its owner."
        )
