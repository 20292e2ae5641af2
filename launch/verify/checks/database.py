"""The database as seen by the programs' roles: it is reachable, isolates tenants, and keeps the declared rules."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlencode

import psycopg

from contract.paths import SQL
from database.isolation import probe
from database.postgres import AGAIN, DatabaseError, PasswordError, RefusedError, connect
from database.row_security import checks
from launch.report import RUN, FailedError, UncheckedError, UnsafeError

_PATIENCE_SECONDS = 10.0
"""Long enough for a suspended compute to wake."""
_SHOWN_CROSSINGS = 3
_CHECKS = SQL / "checks"
_IN_THE_WAY = {**AGAIN, "55P03": "a table was locked", "57014": "a statement took too long"}
"""Interference from concurrent work, by SQLSTATE."""


async def is_reachable(url: str) -> str:
    """Check that the URL's role can connect and query, and is subject to row security."""

    def query() -> tuple[str, bool]:
        with connect(url, application_name="launch verify", patience=_PATIENCE_SECONDS) as connection:
            row = connection.execute(
                "select current_user::text, rolsuper or rolbypassrls from pg_roles where rolname = current_user"
            ).fetchone()
        assert row is not None, "every session has a role"
        return str(row[0]), bool(row[1])

    try:
        role, unbound = await asyncio.to_thread(query)
    except RefusedError as error:
        raise FailedError(error.what, _remedy(error)) from None
    except DatabaseError as error:
        raise UncheckedError(error.what, error.remedy) from None
    if unbound:
        remedy = f"{RUN}: it revokes excess privileges of roles made in SQL, and programs use no other roles."
        raise UnsafeError(f"a program connects as {role}, which bypasses row security", remedy)
    return f"answers {role}"


async def isolates_tenants(url: str) -> str:
    """Check that two tenants cannot reach each other's rows, and nobody can reach any row without a context."""
    with _explained("isolation was probed"):
        report = await asyncio.to_thread(probe, url, patience=_PATIENCE_SECONDS)
    if report.crossings:
        raise UnsafeError(_shown(report.crossings), f"{RUN} to repair row security.")
    if not report.isolated:
        raise UncheckedError("not every table could be examined", f"{RUN}, then verify again.")
    examined = report.examined
    return f"{examined['tables']} tables, {examined['statements']} statements, {examined['denials']} denials"


async def keeps_rules(url: str, unprotected: Sequence[str] = ()) -> str:
    """Check that no query in `sql/checks` finds anything, with the catalog as the application sees it.

    `unprotected` lists the undeclared relations in the stack's outputs. They are mentioned but are no failure: the
    application has no privilege on them (another rule reports it otherwise), and their maker may want to keep them.
    """
    rules = checks.load(_CHECKS)
    with _explained("rules were checked"):
        found = await asyncio.to_thread(checks.look, url, rules, patience=_PATIENCE_SECONDS)
    unsafe = [each for each in found if each.check not in checks.HARMLESS]
    if unsafe:
        raise UnsafeError(_shown(unsafe), f"{RUN} to repair row security; it reports what it cannot repair.")
    if found:
        raise FailedError(_shown(found), "Restore it as its migration made it, or write the next migration.")
    notes = f"; left alone, undeclared and unprotected: {', '.join(unprotected)}" if unprotected else ""
    return f"{len(rules)} rules{notes}"


@contextmanager
def _explained(doing: str) -> Iterator[None]:
    """Return the verdict for whatever interrupted a check: a lock or a lost connection proves nothing."""
    try:
        yield
    except DatabaseError as error:
        raise UncheckedError(error.what, _remedy(error)) from None
    except psycopg.OperationalError as error:
        reason = _IN_THE_WAY.get(error.sqlstate or "")
        remedy = "Verify again at a quieter time." if reason else ""
        raise UncheckedError(
            f"{reason or 'the connection broke'} while {doing} ({type(error).__name__})", remedy
        ) from None
    except psycopg.Error as error:
        reason = error.diag.message_primary or type(error).__name__
        remedy = f"{RUN}; a table that was dropped comes back only from a branch at an earlier time."
        raise FailedError(f"the schema is not the declared one: {reason}", remedy) from None


def _remedy(error: DatabaseError) -> str:
    """Return the error's own remedy, except for a wrong password, since the tried password is the stack's."""
    again = f"{RUN}: it sets the role's password again."
    return again if isinstance(error, PasswordError) else error.remedy


def _shown(found: Sequence[object]) -> str:
    more = len(found) - _SHOWN_CROSSINGS
    return "; ".join(map(str, found[:_SHOWN_CROSSINGS])) + (f"; and {more} more" if more > 0 else "")


def through(url: str, address: str | None, port: str | None) -> str:
    """Return the URL with another address and port, for a host name that resolves elsewhere."""
    own = {"hostaddr": address, "port": port}
    given = urlencode({key: value for key, value in own.items() if value})
    if not given:
        return url
    return f"{url}{'&' if '?' in url else '?'}{given}"
