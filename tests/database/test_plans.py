"""The rate limit's plans have one source, the configuration. Prevents: a dashboard with undeclared limits."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from components.rate_limit.plans import RateLimitPlansProvider
from database.plans import PlanTable, canonical
from database.postgres import DatabaseError, UnreachableError
from tests.database.conftest import A, Database

PROVIDER = RateLimitPlansProvider()
PLANS = ["free=50/3600", "pro=1000/86400", "agent=0/60"]


def inputs(database: Database, plans: list[str]) -> dict[str, Any]:
    return {"database_url": database.owner, "plans": list(canonical(plans)), "drift": None}


def allowed(database: Database, organization: str = "") -> tuple[int, int]:
    """Return the limit of a member's next call."""
    with psycopg.connect(database.app) as connection:
        connection.execute("select public.set_context(%s, %s)", (A.user, organization))
        row = connection.execute('select "limit", window_seconds from public.admit_call()').fetchone()
        connection.rollback()
    assert row is not None
    return row[0], row[1]


def plan_of(database: Database, plan: str) -> None:
    database.execute(f"update public.organizations set plan = '{plan}' where id = '{A.organization}'")


def test_create_writes_the_plans_and_they_apply_to_the_next_call(scratch: Database) -> None:
    plan_of(scratch, "pro")
    news = inputs(scratch, PLANS)
    assert PROVIDER.check({}, news).failures == []
    outs = PROVIDER.create(news).outs or {}
    assert PlanTable(url=scratch.owner).read() == ("free=50/3600", "agent=0/60", "pro=1000/86400")
    assert allowed(scratch) == (50, 3600)
    assert allowed(scratch, A.organization) == (1000, 86400)
    assert PROVIDER.diff("", outs, news).changes is False


def test_another_default_and_other_numbers_are_one_update(scratch: Database) -> None:
    outs = PROVIDER.create(inputs(scratch, PLANS)).outs or {}
    news = inputs(scratch, ["agent=7/60", "free=50/3600", "team=5/5"])
    assert PROVIDER.diff("", outs, news).changes is True
    outs = PROVIDER.update("", outs, news).outs or {}
    assert PlanTable(url=scratch.owner).read() == ("agent=7/60", "free=50/3600", "team=5/5")
    assert allowed(scratch) == (7, 60)
    assert PROVIDER.diff("", outs, news).changes is False


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("update rate_limit_plans set calls = 9999 where plan = 'free'", "the plan free is 9999/3600, not 50/3600"),
        ("delete from rate_limit_plans where plan = 'pro'", "the plan pro=1000/86400 is missing"),
        ("insert into rate_limit_plans values ('x', 1, 1)", "the plan x=1/1 is not one of rateLimitPlans"),
        (
            "update rate_limit_plans set is_default = (plan = 'pro') where plan <> 'agent'",
            "the default is not the plan free",
        ),
        ("update rate_limit_plans set is_default = false", "the default is not the plan free"),
        ("delete from rate_limit_plans", "the plan free=50/3600 is missing"),
    ],
)
def test_drift_of_the_table_is_detected_and_repaired(
    scratch: Database, capsys: pytest.CaptureFixture[str], statement: str, expected: str
) -> None:
    news = inputs(scratch, PLANS)
    outs = PROVIDER.create(news).outs or {}
    assert (PROVIDER.read("", outs).outs or {})["drift"] == []
    scratch.execute(*statement.split("; "))
    assert PROVIDER.diff("", outs, news).changes is True, "a plain update looks"
    seen = PROVIDER.read("", outs).outs or {}
    assert expected in seen["drift"]
    assert PROVIDER.diff("", seen, news).changes is True
    repaired = PROVIDER.update("", seen, news).outs or {}
    assert f"plans: put right: {expected}" in capsys.readouterr().out
    assert repaired["drift"] == []
    assert PlanTable(url=scratch.owner).differences(PLANS) == []
    assert allowed(scratch) == (50, 3600)


def test_plans_made_by_hand_stop_the_first_preview_and_nothing_is_removed(scratch: Database) -> None:
    scratch.execute("insert into rate_limit_plans values ('pro', 500, 60)")
    (failure,) = PROVIDER.check({}, inputs(scratch, ["free=100/86400"])).failures
    assert failure.property == "plans"
    assert failure.reason.startswith("the plan pro=500/60 is not one of rateLimitPlans. Write the plans of the table")
    assert PROVIDER.check({}, inputs(scratch, ["free=100/86400", "pro=500/60"])).failures == []
    assert PROVIDER.check({"plans": []}, inputs(scratch, ["free=100/86400"])).failures == [], "later it is drift"


def test_a_removed_plan_that_organizations_have_is_reported(
    scratch: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = PROVIDER.create(inputs(scratch, PLANS)).outs or {}
    plan_of(scratch, "pro")
    PROVIDER.update("", outs, inputs(scratch, ["free=50/3600"]))
    assert "plans: 1 organizations have the removed plan pro" in capsys.readouterr().out
    assert allowed(scratch, A.organization) == (50, 3600)


def test_a_write_that_does_not_last_is_an_error_and_changes_nothing(scratch: Database) -> None:
    scratch.execute(
        "create function public.meddle() returns trigger language plpgsql as $$begin new.calls := 9; return new; end$$",
        "create trigger meddle before insert or update on rate_limit_plans for each row execute function meddle()",
    )
    with pytest.raises(DatabaseError, match="the plans read back differ from those written"):
        PROVIDER.create(inputs(scratch, PLANS))
    assert PlanTable(url=scratch.owner).read() == ("free=100/86400",)


def test_a_missing_table_is_named_and_one_that_cannot_be_queried_gives_no_verdict(scratch: Database) -> None:
    news = inputs(scratch, PLANS)
    outs = PROVIDER.create(news).outs or {}
    scratch.execute("drop table rate_limit_plans cascade")
    assert PROVIDER.check({}, news).failures == []
    assert (PROVIDER.read("", outs).outs or {})["drift"] == ["the table rate_limit_plans does not exist"]
    with pytest.raises(DatabaseError, match="rate_limit_plans does not exist"):
        PROVIDER.update("", outs, news)
    nobody = outs | {"database_url": "postgresql://owner:x@127.0.0.1:1/none?connect_timeout=1"}
    with pytest.raises(UnreachableError):
        PlanTable(url=nobody["database_url"]).read(patience=0)
