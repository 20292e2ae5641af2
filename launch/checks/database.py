"""The database, as the application's role: it answers, and tenants are isolated."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import psycopg

from database.connection import connect
from database.errors import DatabaseError, RefusedError
from database.isolation import probe
from launch.verdicts import FailedError, UncheckedError, UnsafeError

_PATIENCE_SECONDS = 10.0
"""Enough for a sleeping compute to wake."""
_SHOWN_CROSSINGS = 3


async def is_reachable(url: str) -> str:
    """The application's role can connect and ask."""

    def ask() -> tuple[str, bool]:
        with connect(url, application_name="launch verify", patience=_PATIENCE_SECONDS) as connection:
            row = connection.execute(
                "select current_user::text, rolsuper or rolbypassrls from pg_roles where rolname = current_user"
            ).fetchone()
        assert row is not None, "every session has a role"
        return str(row[0]), bool(row[1])

    try:
        role, unbound = await asyncio.to_thread(ask)
    except RefusedError as error:
        raise FailedError(error.what, error.remedy) from None
    except DatabaseError as error:
        raise UncheckedError(error.what, error.remedy) from None
    if unbound:
        remedy = "Give the application the URL of a role that was made in SQL: run `pulumi up`."
        raise UnsafeError(f"the application connects as {role}, which bypasses row security", remedy)
    return f"answers {role}"


async def isolates_tenants(url: str) -> str:
    """Two tenants cannot reach each other, nor anybody anything without a context."""
    try:
        report = await asyncio.to_thread(probe, url, patience=_PATIENCE_SECONDS)
    except DatabaseError as error:
        raise UncheckedError(error.what, error.remedy) from None
    except psycopg.OperationalError as error:
        raise UncheckedError(f"the connection broke while tenants were tried ({type(error).__name__})") from None
    except psycopg.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        raise FailedError(f"the schema is not the declared one: {reason}", "Run `pulumi up`.") from None
    if report.crossings:
        found = "; ".join(map(str, report.crossings[:_SHOWN_CROSSINGS]))
        more = len(report.crossings) - _SHOWN_CROSSINGS
        raise UnsafeError(found + (f"; and {more} more" if more > 0 else ""), "Run `pulumi up` to repair row security.")
    if not report.isolated:
        raise UncheckedError("not every table could be examined", "Run `pulumi up`, then verify again.")
    examined = report.examined
    return f"{examined['tables']} tables, {examined['statements']} statements, {examined['denials']} denials"


def through(url: str, address: str | None, port: str | None) -> str:
    """The URL, reached by an address and port of its own where the host's name leads elsewhere."""
    own = {"hostaddr": address, "port": port}
    given = urlencode({key: value for key, value in own.items() if value})
    if not given:
        return url
    return f"{url}{'&' if '?' in url else '?'}{given}"
