"""B2: the declared policies and indexes against the form that most tutorials show, on the same rows of `cost_events`.

The tutorial's policy compares with `current_setting` directly, without a membership and without `(select …)`. Its
index, if it has one, is on the tenant's column alone.
"""
# ruff: noqa: S608 -- the queries are fixed texts with the benchmark's own tenants in them

from __future__ import annotations

import psycopg

from benchmarks.measure import Connection, alternate, per_query
from benchmarks.rls_data import LARGE, PASSWORDS, SMALL, SQL, costs
from sandbox.postgres import Postgres

ROUNDS, SECONDS = 5, 0.2
_SECURED = """
alter table public.cost_events enable row level security;
create policy tenant on public.cost_events to prductr_app
using (organization_id = current_setting('app.current_org_id'));
grant select on public.cost_events to prductr_app;
vacuum analyze public.cost_events;
"""
_INDEX = "create index cost_events_organization on public.cost_events (organization_id)"


def fill(url: str) -> None:
    """Create today's table with the benchmark's rows, secured as in a tutorial. `url` is a superuser's."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((SQL / "migrations" / "0001_baseline.sql").read_bytes())
        connection.execute("set session_replication_role = replica")
        costs(connection)
        for statement in _SECURED.strip().split(";\n"):
            connection.execute(statement.encode())


def report(server: Postgres) -> None:
    """Print each query's times in both forms, for both tenants, and whether ours is slower anywhere."""
    print("\nThe common tutorial's form                            tutorial            ours   times as fast")
    ratios: dict[str, float] = {}
    with psycopg.connect(server.uri("tutorial"), autocommit=True) as owner:
        for index in (True, False):
            owner.execute(_INDEX.encode() if index else b"drop index public.cost_events_organization")
            for tenant in (LARGE, SMALL):
                ratios |= _compare(server, tenant, index=index)
    page, count = ratios["latest page, large, indexed"], ratios["count, small, no index"]
    print(f"  page of 50 {page:.0f} (target 10), count without an index {count:.1f} (target 5)")
    print(
        f"  slowest against it: {min(ratios.values()):.2f}, {min(ratios, key=lambda name: ratios[name])} (target 0.95)"
    )


def _compare(server: Postgres, tenant: str, *, index: bool) -> dict[str, float]:
    queries = {
        "count": "select count(*) from cost_events",
        "latest page": "select * from cost_events order by created_at desc limit 50",
        "cost by model": "select model, sum(cost) from cost_events group by model",
        "cost of a project": f"select sum(cost) from cost_events where project_id = '{tenant}-p7'",
        "by key": f"select * from cost_events where id = '{tenant}-c77'",
    }
    ratios: dict[str, float] = {}
    with (
        psycopg.connect(server.uri("secured", "prductr_app", PASSWORDS["prductr_app"])) as ours,
        psycopg.connect(server.uri("tutorial", "prductr_app", PASSWORDS["prductr_app"])) as theirs,
    ):
        ours.execute("select public.set_context(%s, %s)", (f"{tenant}-u1", tenant))
        theirs.execute("select set_config('app.current_org_id', %s, true)", (tenant,))
        for name, text in queries.items():
            _must_be_equal(name, text, ours, theirs)
            slow, fast = alternate(
                lambda text=text: per_query(theirs, text, SECONDS),  # type: ignore[misc]
                lambda text=text: per_query(ours, text, SECONDS),  # type: ignore[misc]
                ROUNDS,
            )
            label = f"{name}, {tenant}, {'indexed' if index else 'no index'}"
            ratios[label] = slow / fast
            print(f"  {label:<46} {slow * 1000:11.3f} ms {fast * 1000:11.3f} ms {slow / fast:9.2f}", flush=True)
    return ratios


def _must_be_equal(name: str, text: str, ours: Connection, theirs: Connection) -> None:
    """Raise AssertionError for different counts: a query that returns fewer rows could be faster for that reason."""
    counts = [len(side.execute(text.encode()).fetchall()) for side in (ours, theirs)]
    if counts[0] != counts[1] or not counts[0]:
        raise AssertionError(f"{name}: {counts[0]} rows in our form, {counts[1]} in the tutorial's")
