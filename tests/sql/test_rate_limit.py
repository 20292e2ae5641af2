"""The rate limit's contract in the database beyond the cases that both homes run (test_both_homes.py).

Prevents: the 101st call of a day, a user who is blocked by another's calls, and numbers that differ between the homes.
"""

from __future__ import annotations

import psycopg
import pytest

from tests.database.conftest import Database
from tests.sql.contract import CASES, CONTRACT, FIELDS, Home, run

READ_COMMITTED = psycopg.IsolationLevel.READ_COMMITTED
LEVELS = (READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ, psycopg.IsolationLevel.SERIALIZABLE)
CONCURRENT = [name for name, steps in CASES.items() if any(step.get("call", {}).get("concurrent") for step in steps)]


def test_the_table_of_cases_is_not_empty() -> None:
    assert len(CASES) >= 20
    assert len(CONCURRENT) >= 3


@pytest.mark.parametrize("level", LEVELS[1:], ids=lambda level: level.name)
@pytest.mark.parametrize("case", CONCURRENT)
def test_l02_a_concurrent_case_at_a_stricter_isolation_level(
    scratch: Database, case: str, level: psycopg.IsolationLevel
) -> None:
    home = Home(scratch, level)
    run(home, CASES[case], case)
    assert home.retried, "nothing met: the calls were not concurrent"


def test_the_migrations_make_the_plans_of_the_contract(secured: Database) -> None:
    policy = CONTRACT["policy"]
    with psycopg.connect(secured.owner) as connection:
        plans = connection.execute("select plan, calls, window_seconds, is_default from rate_limit_plans").fetchall()
        body = connection.execute(
            "select prosrc from pg_proc where oid = 'public.admit_call(text)'::regprocedure"
        ).fetchone()
    assert plans == [
        (name, plan["limit"], plan["window_seconds"], name == policy["default_plan"])
        for name, plan in policy["plans"].items()
    ]
    assert body is not None
    assert f"free_retries constant integer := {CONTRACT['rules']['free_retries']}" in body[0]
    assert f"between 1 and {CONTRACT['rules']['longest_idempotency_key']}" in body[0]
    with Home(secured).connection() as connection:
        connection.execute("select public.set_context('nobody-yet')")
        row = connection.execute("select * from public.admit_call()").fetchone()
        connection.rollback()
    assert row is not None
    assert tuple(row) == FIELDS
