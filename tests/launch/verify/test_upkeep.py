"""The age of upkeep's last success. Prevents: data that is never trimmed while the verification passes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from launch.report import FailedError, UncheckedError
from launch.verify.checks.upkeep import JOBS, has_run, judged
from tests.database.conftest import Database, scratch, server, template  # noqa: F401 -- fixtures

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG_AGO = (NOW - 30 * HOUR).isoformat()


def last(**hours: float) -> dict[str, datetime]:
    """Return the last success of each job: an hour ago, or the given number of hours."""
    return {job: NOW - HOUR * hours.get(job, 1) for job in JOBS if hours.get(job) != 0}


def test_jobs_that_succeeded_lately_pass() -> None:
    assert judged(last(analytics=2.9), LONG_AGO, NOW) == "3 jobs, the oldest success 2 h ago"
    assert judged(last(), "", NOW) == "3 jobs, the oldest success 60 min ago"


def test_a_job_that_succeeded_too_long_ago_is_named() -> None:
    with pytest.raises(FailedError, match=r"too long ago: file_locks 4 h ago\."):
        judged(last(file_locks=4), LONG_AGO, NOW)


def test_a_job_that_never_succeeded_is_a_failure_once_it_was_due() -> None:
    for since in (LONG_AGO, ""):
        with pytest.raises(FailedError, match="rate_limits: never succeeded"):
            judged(last(rate_limits=0), since, NOW)
    with pytest.raises(UncheckedError, match="analytics and file_locks and rate_limits: not run yet"):
        judged({}, (NOW - HOUR / 4).isoformat().replace("+00:00", "Z"), NOW)


def test_the_database_is_queried_as_the_service(scratch: Database) -> None:  # noqa: F811
    with pytest.raises(FailedError, match="never succeeded"):
        asyncio.run(has_run(scratch.service, ""))
    with psycopg.connect(scratch.service, autocommit=True) as connection:
        for job in JOBS:
            connection.execute("select public.record_upkeep(%s, 3)", [job])
    assert "the oldest success 0 min ago" in asyncio.run(has_run(scratch.service, ""))


def test_a_database_that_does_not_answer_or_lacks_the_function_is_not_checked(scratch: Database) -> None:  # noqa: F811
    scratch.execute("drop function public.last_upkeep()")
    with pytest.raises(UncheckedError):
        asyncio.run(has_run(scratch.service, ""))
