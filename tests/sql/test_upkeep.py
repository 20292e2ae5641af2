"""The rows that the Worker upkeep may remove, and those that stay.

Prevents: analytics that grow for ever, and a cleanup that removes rows in use, or locks a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from database.isolation import insert
from tests.database.conftest import A, B, Database


@pytest.fixture
def service(scratch: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(scratch.service, autocommit=True) as connection:
        connection.execute("set lock_timeout = '1s'")
        yield connection


def scalar(connection: psycopg.Connection[Any], statement: str) -> Any:  # noqa: ANN401 -- any value
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def events(database: Database, *ages: str, **columns: str) -> None:
    values = {"event_type": "'analytics'", "cost": "0"} | columns
    with psycopg.connect(database.owner, autocommit=True) as connection:
        for age in ages:
            connection.execute(
                f"insert into public.cost_events (organization_id, created_at, {', '.join(values)}) "
                f"values ('{A.organization}', clock_timestamp() at time zone 'UTC' - interval '{age}', "
                f"{', '.join(values.values())})".encode()
            )


def test_analytics_beyond_the_retention_are_removed_in_batches_oldest_first(
    scratch: Database, service: psycopg.Connection[Any]
) -> None:
    events(scratch, "500 days", "450 days", "401 days", "399 days", "1 day")
    assert [scalar(service, "select public.trim_analytics('400 days', 2)") for _ in range(3)] == [2, 1, 0]
    with psycopg.connect(scratch.owner) as owner:
        assert scalar(owner, "select count(*) from public.cost_events where event_type = 'analytics'") == 2


def test_events_of_cost_and_usage_stay_however_old(scratch: Database, service: psycopg.Connection[Any]) -> None:
    events(scratch, "900 days", cost="0.5")
    with psycopg.connect(scratch.owner) as owner:
        owner.execute("update public.cost_events set created_at = '2000-01-01' where event_type = 'usage'")
        before = scalar(owner, "select count(*) from public.cost_events")
    assert before >= 3
    assert scalar(service, "select public.trim_analytics('1 day', 1000)") == 0


def lock(tenant: Any, name: str, expires: str | None) -> tuple[Any, Any]:  # noqa: ANN401 -- a tenant of either module
    return insert("file_locks", tenant.row("file_locks") | {"id": name, "expires_at": expires})


def test_expired_locks_of_every_tenant_are_removed_and_others_stay(
    scratch: Database, service: psycopg.Connection[Any]
) -> None:
    with psycopg.connect(scratch.owner, autocommit=True) as owner:
        before = scalar(owner, "select count(*) from public.file_locks")
        now = scalar(owner, "select clock_timestamp() at time zone 'UTC'")
        for tenant, name, expires in (
            (A, "gone-a", "2020-01-01"),
            (B, "gone-b", str(now)),
            (A, "kept-a", "2999-01-01"),
            (B, "kept-b", None),
        ):
            owner.execute(*lock(tenant, name, expires))
        assert [scalar(service, "select public.trim_file_locks(1)") for _ in range(3)] == [1, 1, 0]
        left = owner.execute("select id from public.file_locks where id like '%-_' and id ~ '^(gone|kept)' order by id")
        assert left.fetchall() == [("kept-a",), ("kept-b",)]
        assert scalar(owner, "select count(*) from public.file_locks") == before + 2


def test_rows_that_another_session_has_locked_are_skipped(scratch: Database, service: psycopg.Connection[Any]) -> None:
    events(scratch, "500 days", "450 days")
    with psycopg.connect(scratch.owner) as holder:
        holder.execute("select 1 from public.cost_events where event_type = 'analytics' limit 1 for update")
        assert scalar(service, "select public.trim_analytics('400 days', 1000)") == 1
    assert scalar(service, "select public.trim_analytics('400 days', 1000)") == 1


@pytest.mark.parametrize("clock", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_session_s_time_zone_makes_nothing_older(
    scratch: Database, service: psycopg.Connection[Any], clock: str
) -> None:
    events(scratch, "23 hours", "25 hours")
    with psycopg.connect(scratch.owner, autocommit=True) as owner:
        owner.execute(*lock(A, "fresh", str(scalar(owner, "select clock_timestamp() at time zone 'UTC' + '1 hour'"))))
    service.execute(f"set timezone = '{clock}'".encode())
    assert scalar(service, "select public.trim_analytics('1 day', 10)") == 1
    assert scalar(service, "select public.trim_file_locks(10)") == 0


@pytest.mark.parametrize(
    "call",
    [
        "trim_analytics('400 days', 0)",
        "trim_analytics('400 days', 10001)",
        "trim_analytics('400 days', null)",
        "trim_analytics(null, 10)",
        "trim_analytics('23 hours', 10)",
        "trim_analytics('-400 days', 10)",
        "trim_file_locks(0)",
        "trim_file_locks(null)",
        "trim_rate_limits(10001)",
        "trim_rate_limits(-1)",
    ],
)
def test_a_batch_or_retention_without_bound_is_refused(service: psycopg.Connection[Any], call: str) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        service.execute(f"select public.{call}".encode())


@pytest.mark.parametrize(
    ("call", "index"),
    [
        ("event_type = 'analytics' and cost = 0 and created_at < now()", "cost_events_analytics_created_at_idx"),
        ("expires_at <= now()", "file_locks_expires_at_idx"),
        ("oldest <= now()", "rate_limits_oldest_idx"),
    ],
)
def test_expired_rows_are_found_by_an_index(scratch: Database, call: str, index: str) -> None:
    table, column = {
        "cost": ("cost_events", "created_at"),
        "file": ("file_locks", "expires_at"),
        "rate": ("rate_limits", "oldest"),
    }[index[:4]]
    with psycopg.connect(scratch.owner) as owner:
        owner.execute("set local enable_seqscan = off")
        query = f"select 1 from public.{table} where {call} order by {column} limit 10 for update skip locked"
        plan = owner.execute(f"explain {query}".encode()).fetchall()
    assert any(index in line for (line,) in plan), plan


def test_the_last_success_of_a_job_is_readable_by_both_roles(
    scratch: Database, service: psycopg.Connection[Any]
) -> None:
    for removed in (7, 3):
        service.execute("select public.record_upkeep('analytics', %s)", (removed,))
    service.execute("select public.record_upkeep('file_locks', 0)")
    with psycopg.connect(scratch.app) as app:
        last = app.execute("select job, removed, succeeded_at > now() - interval '1 min' from public.last_upkeep()")
        assert last.fetchall() == [("analytics", 3, True), ("file_locks", 0, True)]


@pytest.mark.parametrize(("job", "removed"), [("unheard of", 1), ("analytics", -1), (None, 1), ("analytics", None)])
def test_an_unknown_job_is_not_recorded(service: psycopg.Connection[Any], job: str | None, removed: int | None) -> None:
    with pytest.raises(psycopg.errors.IntegrityError):
        service.execute("select public.record_upkeep(%s, %s)", (job, removed))
