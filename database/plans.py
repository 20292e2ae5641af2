"""Keeps the table `rate_limit_plans` equal to the configuration: one source for both implementations of the limit.

    table = PlanTable(url=owner_url)
    table.differences(plans)        # a sentence each; writes nothing
    table.sync(plans)               # in one transaction; reports what it did

A change applies from the next call on. A call that is judged meanwhile sees either all old plans or all new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from database.postgres import (
    AGAIN,
    WAKE_SECONDS,
    Backoff,
    DatabaseError,
    RefusedError,
    connect,
    query_errors,
    require_direct,
    safe_url,
    server_error,
)

SEED = ("free=100/86400",)
"""The plans that the migration creates; nobody chose them."""
_LOCK_TIMEOUT = "4s"
_ATTEMPTS = 8

Plans = Sequence[str]
"""NAME=CALLS/SECONDS, as in the configuration; the first applies to everybody who has no other."""


@dataclass(frozen=True, kw_only=True)
class PlanTable:
    """The plans of one database."""

    url: str
    """The owner's direct URL: no other role can access the table."""
    report: Callable[[str], None] = lambda _message: None

    def read(self, *, patience: float = WAKE_SECONDS) -> tuple[str, ...] | None:
        """Return the plans, the default first, then by name; None if the table does not exist. Raises DatabaseError."""
        with (
            connect(self.url, application_name="launch plans", autocommit=True, patience=patience) as connection,
            query_errors(connection),
        ):
            return _read(connection)

    def differences(self, plans: Plans, *, patience: float = 5.0) -> list[str]:
        """Return a sentence for each difference from `plans`. Writes nothing. Raises DatabaseError."""
        live = self.read(patience=patience)
        return ["the table rate_limit_plans does not exist"] if live is None else list(differences(live, plans))

    def sync(self, plans: Plans) -> tuple[str, ...]:
        """Make the table hold exactly `plans`, and return the plans read back from it. Raises DatabaseError."""
        require_direct(self.url)
        backoff = Backoff(_ATTEMPTS, first=0.25, longest=4.0)
        while True:
            try:
                with connect(self.url, application_name="launch plans") as connection:
                    return self._synced(connection, plans)
            except psycopg.Error as error:
                reason = AGAIN.get(error.sqlstate or "")
                if reason is None or not backoff.wait(reason, self.report):
                    raise server_error(error, where=safe_url(self.url)) from None

    def _synced(self, connection: psycopg.Connection[Any], plans: Plans) -> tuple[str, ...]:
        connection.execute(f"set local lock_timeout = '{_LOCK_TIMEOUT}'".encode())
        live = _read(connection)
        if live is None:
            remedy = "Run again: the migrations, which create it, come first."
            raise RefusedError("the table rate_limit_plans does not exist", where=safe_url(self.url), remedy=remedy)
        for text in differences(live, plans):
            self.report(f"put right: {text}")
        for name in _by_name(live).keys() - _by_name(plans).keys():
            if held := _organizations(connection, name):
                self.report(f"{held} organizations have the removed plan {name}: the default applies to them")
        _write(connection, plans)
        written = _read(connection)
        if written is None or list(differences(written, plans)):
            raise DatabaseError(
                "the plans read back differ from those written",
                where=safe_url(self.url),
                remedy="A trigger or rule on rate_limit_plans changes them: remove it. Nothing was changed.",
            )
        return written


def canonical(plans: Plans) -> tuple[str, ...]:
    """Return the default first, then the others by name: the order in which the table is read."""
    return (*plans[:1], *sorted(plans[1:]))


def differences(live: Plans, plans: Plans) -> Iterator[str]:
    """Yield a sentence for each difference of `live` from `plans`."""
    there, declared = _by_name(live), _by_name(plans)
    for name in sorted(there.keys() | declared.keys()):
        if name not in declared:
            yield f"the plan {name}={there[name]} is not one of rateLimitPlans"
        elif name not in there:
            yield f"the plan {name}={declared[name]} is missing"
        elif there[name] != declared[name]:
            yield f"the plan {name} is {there[name]}, not {declared[name]}"
    # An empty table has no default either; the missing plans already cover that.
    if live and _name(live[0]) != _name(plans[0]):
        yield f"the default is not the plan {_name(plans[0])}"


def _name(plan: str) -> str:
    return plan.partition("=")[0]


def _by_name(plans: Plans) -> Mapping[str, str]:
    """Return name -> CALLS/SECONDS."""
    return {name: allowed for name, _, allowed in (plan.partition("=") for plan in plans) if name}


def _read(connection: psycopg.Connection[Any]) -> tuple[str, ...] | None:
    row = connection.execute("select to_regclass('public.rate_limit_plans') is not null").fetchone()
    if not row or not row[0]:
        return None
    rows = connection.execute(
        'select plan, calls, window_seconds, is_default from public.rate_limit_plans order by plan collate "C"'
    ).fetchall()
    found = {name: f"{name}={calls}/{seconds}" for name, calls, seconds, _ in rows}
    default = next((found[name] for name, *_, is_default in rows if is_default), "")
    # Without a default the first entry is empty, so no other plan is taken for the default.
    return (default, *(plan for plan in found.values() if plan != default)) if rows else ()


def _write(connection: psycopg.Connection[Any], plans: Plans) -> None:
    """Write only rows that differ. The old default is cleared first, so there are never two."""
    names = [_name(plan) for plan in plans]
    calls, seconds = zip(*(map(int, allowed.split("/")) for allowed in _by_name(plans).values()), strict=True)
    connection.execute("delete from public.rate_limit_plans where plan <> all(%s)", [names])
    connection.execute(
        "update public.rate_limit_plans set is_default = false where is_default and plan <> %s", [names[0]]
    )
    connection.execute(
        """
        insert into public.rate_limit_plans as p (plan, calls, window_seconds, is_default)
        select d.plan, d.calls, d.seconds, d.plan = %s
        from unnest(%s::text[], %s::integer[], %s::integer[]) d (plan, calls, seconds)
        on conflict (plan) do update
        set calls = excluded.calls, window_seconds = excluded.window_seconds, is_default = excluded.is_default
        where (p.calls, p.window_seconds, p.is_default)
            is distinct from (excluded.calls, excluded.window_seconds, excluded.is_default)
        """,
        [names[0], names, list(calls), list(seconds)],
    )


def _organizations(connection: psycopg.Connection[Any], plan: str) -> int:
    row = connection.execute("select count(*) from public.organizations where plan = %s", [plan]).fetchone()
    return int(row[0]) if row else 0
