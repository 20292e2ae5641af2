"""The only way to connect: deadlines, keepalives, and errors that never show the URL's password."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any

import psycopg

from database.postgres.errors import DatabaseError, PasswordError, RefusedError, UnreachableError, UrlError
from database.postgres.urls import parameters, redact, safe_url

WAKE_SECONDS = 20.0
"""How long a server may refuse connections while it starts: a sleeping Neon compute, a restart."""

_ATTEMPT_SECONDS = 10
_TRANSIENT = (
    "connection refused",
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is not yet accepting connections",
    "the database system is in recovery mode",
    "server closed the connection unexpectedly",
    "connection reset by peer",
    "timeout expired",
    "connection timeout expired",
    "terminating connection due to administrator command",
)
"""Before a connection is established, libpq reports texts without SQLSTATE: those of 57P01, 57P03 and socket errors."""

_WRONG_PASSWORD = "password authentication failed"  # noqa: S105 -- a message
_REFUSALS: tuple[tuple[str, str], ...] = (
    (_WRONG_PASSWORD, "Check the role and its password."),
    ("no password supplied", "The URL has no password: add the role's, or set PGPASSWORD."),
    ("root certificate file", "Add `sslrootcert=system` to the URL, or name a file with the authority's certificate."),
    ("endpoint could not be found", "Check the host in the URL: Neon knows no such endpoint."),
    ("does not exist", "Check the name of the role and of the database in the URL."),
    ("too many clients", "All connection slots are in use: close some, then run again."),
    ("remaining connection slots", "All connection slots are in use: close some, then run again."),
    ("too many connections", "The role's or database's connection limit is reached: close some, then run again."),
    ("no pg_hba.conf entry", "The server does not accept this role from here: check TLS mode and allowed addresses."),
    ("ssl", "Check the URL's sslmode and the trusted certificate authorities."),
    ("certificate", "Check the URL's sslmode and the trusted certificate authorities."),
)

SERVER_FLOOR = {15: 14, 16: 10, 17: 6, 18: 0}
"""Oldest safe minor release of each major release.

Older ones allow row security to be evaded: CVE-2024-10976 (policies of a reused plan) and CVE-2025-8713 (rows in
optimizer statistics). Releases before 15 have no `security_invoker` views.
"""


_TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_session_timeout", "transaction_timeout")
"""Timeouts that a role may have set so low that a session ends before its first statement. Only startup options
take effect earlier."""

_NO_TRANSACTION_TIMEOUT = 'unrecognized configuration parameter "transaction_timeout"'
"""The error of servers before 17."""


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection with a label for its database, which outlives the connection."""

    label: str
    """Role, host and database, such as postgresql://owner@host/neondb: safe for logs and messages."""


def connect(
    url: str,
    *,
    application_name: str,
    autocommit: bool = False,
    patience: float | None = None,
    without_timeouts: bool = False,
) -> Connection:
    """Open a connection, retrying for `patience` seconds (WAKE_SECONDS) while the server wakes or restarts.

    `without_timeouts` overrides the role's own timeouts; a pooled host does not accept such options.

    Raises UrlError, UnreachableError or RefusedError.
    """
    given = _parameters(url) | {"application_name": application_name}
    options = str(given.get("options") or "")
    timeouts = [*_TIMEOUTS] if without_timeouts and not _pooled(given) else []
    deadline = time.monotonic() + (WAKE_SECONDS if patience is None else patience)
    delay = 0.05
    while True:
        try:
            given["options"] = " ".join([options, *(f"-c {each}=0" for each in timeouts)]).strip()
            connection = Connection.connect("", autocommit=autocommit, prepare_threshold=None, **given)
        except psycopg.OperationalError as error:
            text = redact(str(error), url)
        else:
            connection.label = safe_url(url)
            return connection
        if _NO_TRANSACTION_TIMEOUT in text and "transaction_timeout" in timeouts:
            timeouts.remove("transaction_timeout")
            continue
        if not _is_transient(text) or time.monotonic() + delay > deadline:
            raise _refusal(text, url)
        time.sleep(delay * random.uniform(0.5, 1.5))  # noqa: S311 -- jitter, not a secret
        delay = min(delay * 2, 2.0)


def _parameters(url: str) -> dict[str, Any]:
    # These detect a half-open connection within a minute instead of hours.
    defaults = {
        "connect_timeout": _ATTEMPT_SECONDS,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    # A database without an encoding (SQL_ASCII) would otherwise return bytes instead of text.
    return defaults | parameters(url) | {"client_encoding": "UTF8"}


def _is_transient(text: str) -> bool:
    return any(sign in text.lower() for sign in _TRANSIENT)


def _refusal(text: str, url: str) -> DatabaseError:
    where = safe_url(url)
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    what = f"cannot connect: {lines[0] if lines else 'no reason given'}"
    for sign, remedy in _REFUSALS:
        if sign in text.lower():
            kind = PasswordError if sign == _WRONG_PASSWORD else RefusedError
            return kind(what, where=where, remedy=remedy)
    return UnreachableError(
        what, where=where, remedy="Check that the server is running and that host and port are right."
    )


def require_direct(url: str) -> None:
    """Refuse Neon's pooled host: PgBouncer's transaction mode has no sessions, so locks and settings do not last.

    Raises UrlError, for a malformed URL as well.
    """
    if host := _pooled(_parameters(url)):
        raise UrlError(
            "this is a pooled host, but migrations need a session of their own",
            where=safe_url(url),
            remedy=f"Use the direct host {host.replace('-pooler', '', 1)}.",
        )


def _pooled(parameters: Mapping[str, Any]) -> str:
    """Return the pooled host in the parameters (libpq tries several), or an empty text."""
    hosts = str(parameters.get("host") or "").lower().split(",")
    return next((host for host in hosts if host.split(".")[0].endswith("-pooler")), "")


def require_server(connection: psycopg.Connection[Any]) -> None:
    """Refuse a server below SERVER_FLOOR."""
    major, minor = divmod(connection.info.server_version, 10_000)
    floor = SERVER_FLOOR.get(major, 0 if major > max(SERVER_FLOOR) else None)
    if floor is None or minor < floor:
        wanted = f"{major}.{floor}" if floor else f"{min(SERVER_FLOOR)}.{SERVER_FLOOR[min(SERVER_FLOOR)]}"
        raise RefusedError(
            f"PostgreSQL {major}.{minor} is too old to isolate tenants",
            where=f"{connection.info.host}/{connection.info.dbname}",
            remedy=f"Upgrade to {wanted} or newer.",
        )
