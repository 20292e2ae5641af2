"""The planner's plans of statements under row security that matter to their authors.

Prevents: a worker that requests three tasks and takes all, and a sum over a large tenant that runs on one core.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.database.conftest import A, Database

PAGE = Path("docs/application.md")
ASKED, THERE = 3, 500


def claim() -> str:
    """Return the statement of the page."""
    _, _, text = PAGE.read_text().partition("\n## Claiming work\n")
    (statement,) = re.findall(r"^```sql\n(.*?)^```", text.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
    return str(statement).replace("$1", "%s").replace("$2", "%s")


WRONG = """
update tasks set status = 'in_progress', assigned_to = %s where id in (
    select id from tasks where project_id = %s and status = 'pending' limit 3 for update skip locked
)
"""

PLANS = {
    "as it comes": "select 1",
    "nested loops": "set enable_hashjoin = off; set enable_mergejoin = off",
    "nested loops over whole tables": "set enable_hashjoin = off; set enable_mergejoin = off; set enable_indexscan"
    " = off; set enable_bitmapscan = off; set enable_material = off; set enable_memoize = off",
    "merges": "set enable_hashjoin = off; set enable_nestloop = off",
    "hashes": "set enable_mergejoin = off; set enable_nestloop = off",
}


@pytest.fixture(params=["never analyzed", "analyzed"])
def crowded(scratch: Database, request: pytest.FixtureRequest) -> Database:
    """A tenant with five hundred pending tasks."""
    scratch.execute(
        "delete from public.tasks",
        "insert into public.tasks (id, project_id, title, organization_id) select 'task' || i, "
        f"'{A.id('projects')}', 't', '{A.organization}' from generate_series(1, {THERE}) i",
    )
    if request.param == "analyzed":
        scratch.execute("analyze public.tasks")
    else:  # as if no statistics were ever gathered
        scratch.execute_as_superuser("delete from pg_statistic where starelid = 'public.tasks'::regclass")
        scratch.execute_as_superuser("update pg_class set reltuples = -1 where oid = 'public.tasks'::regclass")
    return scratch


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("role", ["app", "service"])
def test_r50_the_documented_statement_claims_exactly_the_requested_number_of_tasks(
    crowded: Database, role: str, plan: str
) -> None:
    with psycopg.connect(getattr(crowded, role)) as one, psycopg.connect(getattr(crowded, role)) as other:
        claimed = []
        for connection in (one, other):
            connection.execute(PLANS[plan].encode())
            connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
            rows = connection.execute(claim().encode(), (A.id("projects"), A.id("agents"))).fetchall()
            claimed.append({key for (key,) in rows})
        assert [len(keys) for keys in claimed] == [ASKED, ASKED]
        assert not claimed[0] & claimed[1]


@pytest.mark.parametrize("crowded", ["never analyzed"], indirect=True)
def test_r50_the_other_form_claims_more_under_a_plan_that_the_planner_may_choose(crowded: Database) -> None:
    with psycopg.connect(crowded.app) as connection:
        connection.execute(PLANS["nested loops over whole tables"].encode())
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        taken = connection.execute(WRONG.encode(), (A.id("agents"), A.id("projects"))).rowcount
    assert taken > ASKED


def test_a_query_that_names_its_organization_is_planned_for_that_organization_s_rows(scratch: Database) -> None:
    scratch.execute(
        "insert into public.organizations (id, name, slug) select 'o' || i, '', 'o' || i from generate_series(1, 50) i",
        "insert into public.cost_events (organization_id, event_type, cost) "
        "select 'o' || i, 'analytics', 0 from generate_series(1, 50) i",
        "insert into public.cost_events (organization_id, event_type, cost) "
        f"select '{A.organization}', 'analytics', 0 from generate_series(1, 5000)",
        "analyze public.cost_events",
    )
    with psycopg.connect(scratch.app) as connection:
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        alone = expected(connection, "select cost from public.cost_events")
        named = expected(connection, f"select cost from public.cost_events where organization_id = '{A.organization}'")
    assert alone < 500
    assert 4500 < named < 5500


def expected(connection: psycopg.Connection[Any], query: str) -> int:
    """Return the number of rows that the planner expects."""
    ((plan,),) = connection.execute(f"explain (format json) {query}".encode()).fetchall()
    return int(plan[0]["Plan"]["Plan Rows"])
