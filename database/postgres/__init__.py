"""A connection to PostgreSQL, its errors, and statements sent over it."""

from database.postgres import raised_messages, simple_query
from database.postgres.connection import WAKE_SECONDS, Connection, connect, require_direct, require_server
from database.postgres.errors import (
    ConnectionLostError,
    DatabaseError,
    PasswordError,
    RefusedError,
    SecurityError,
    UnreachableError,
    UrlError,
)
from database.postgres.identifiers import halves, in_public, literal, name, relation, unquoted
from database.postgres.queries import query_errors, require_public
from database.postgres.retry import AGAIN, Backoff
from database.postgres.server_errors import READ_ONLY, REMEDIES, TIMED_OUT, server_error, without_rows
from database.postgres.simple_query import Outcome, ServerError
from database.postgres.urls import redact, safe_url

__all__ = [
    "AGAIN",
    "READ_ONLY",
    "REMEDIES",
    "TIMED_OUT",
    "WAKE_SECONDS",
    "Backoff",
    "Connection",
    "ConnectionLostError",
    "DatabaseError",
    "Outcome",
    "PasswordError",
    "RefusedError",
    "SecurityError",
    "ServerError",
    "UnreachableError",
    "UrlError",
    "connect",
    "halves",
    "in_public",
    "literal",
    "name",
    "query_errors",
    "raised_messages",
    "redact",
    "relation",
    "require_direct",
    "require_public",
    "require_server",
    "safe_url",
    "server_error",
    "simple_query",
    "unquoted",
    "without_rows",
]
