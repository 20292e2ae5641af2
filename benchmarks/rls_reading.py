"""Reading under row security against the same queries with an explicit filter."""
# ruff: noqa: S608 -- the queries are fixed texts with the benchmark's own tenants in them

from __future__ import annotations

import statistics
from dataclasses import dataclass

import psycopg

from benchmarks.measure import Connection, alternate, per_query
from benchmarks.rls_data import PASSWORDS, ROWS
from sandbox.postgres import Postgres

ROUNDS, SECONDS = 9, 0.2
SLOW = 0.001
"""Queries that take this many seconds count by their ratio; shorter ones by the added time."""


@dataclass(frozen=True)
class Query:
    """One query, without and with the filter that row security adds."""

    name: str
    text: str
    explicit: str


def queries(tenant: str) -> list[Query]:
    """Return the most frequent queries of the five large tables."""
    own = f"organization_id = '{tenant}'"
    shared = f"({own} or organization_id is null)"
    task, project = f"{tenant}-t77", f"{tenant}-p7"
    joined = "select p.id, count(*) from tasks t join projects p on p.id = t.project_id {} group by p.id"

    def query(name: str, text: str, filter_: str = own) -> Query:
        return Query(
            name,
            text.replace(" {and}", "").replace("{where}", ""),
            text.replace("{and}", f"and {filter_}").replace("{where}", f"where {filter_}"),
        )

    of_project = f"from tasks where project_id = '{project}' {{and}}"
    return [
        query("count of tasks", "select count(*) from tasks {where}"),
        query("tasks of a project by status", f"select status, count(*) {of_project} group by status"),
        query("latest tasks of a project, page", f"select * {of_project} order by created_at desc limit 50"),
        query("task by key", f"select * from tasks where id = '{task}' {{and}}"),
        query("activities of a task", f"select * from task_activities where task_id = '{task}' {{and}}"),
        query("count of activities", "select count(*) from task_activities {where}"),
        query("cost by model", "select model, sum(cost) from cost_events {where} group by model"),
        query("cost of a project", f"select sum(cost) from cost_events where project_id = '{project}' {{and}}"),
        query("latest costs, page", "select * from cost_events {where} order by created_at desc limit 50"),
        Query("tasks by project", joined.format(""), joined.format(f"where t.{own} and p.{own}")),
        query("projects", "select * from projects {where}"),
        query("project by key", f"select * from projects where id = '{project}' {{and}}"),
        query("agents, own and global", "select * from agents {where}", shared),
        query("agent by key", f"select * from agents where id = '{tenant}-g7' {{and}}", shared),
    ]


def report(server: Postgres, tenant: str) -> None:
    """Print each query's times, and the figures that have targets."""
    app = psycopg.connect(server.uri("secured", "prductr_app", PASSWORDS["prductr_app"]))
    owner = psycopg.connect(server.uri("secured"))
    app.execute("select public.set_context(%s, %s)", (f"{tenant}-u1", tenant))
    print(f"\nReading, a tenant of {ROWS[tenant]:<12,}              explicit    row security   ratio      added")
    ratios, added = [], []
    for query in queries(tenant):
        _must_be_equal(query, app, owner)
        bound, explicit = alternate(
            lambda text=query.text: per_query(app, text, SECONDS),  # type: ignore[misc]
            lambda text=query.explicit: per_query(owner, text, SECONDS),  # type: ignore[misc]
            ROUNDS,
        )
        if explicit >= SLOW:
            ratios.append(bound / explicit)
        else:
            added.append((bound - explicit) * 1000)
        times = f"{explicit * 1000:9.3f} ms {bound * 1000:11.3f} ms {bound / explicit:7.2f}"
        print(f"  {query.name:<40} {times} {(bound - explicit) * 1000:9.3f} ms", flush=True)
    mean = statistics.geometric_mean(ratios)
    print(f"  above 1 ms: geometric mean {mean:.2f} (target 1.05), worst {max(ratios):.2f} (target 1.15)")
    print(f"  below 1 ms: at most {max(added):.3f} ms added, median {statistics.median(added):.3f} (target 0.030)")
    app.close()
    owner.close()


def _must_be_equal(query: Query, app: Connection, owner: Connection) -> None:
    """Raise AssertionError for different rows: a query that returns other rows could be faster for that reason."""
    if " limit " in query.text:
        return
    rows = [
        sorted(map(str, side.execute(text.encode()).fetchall()))
        for side, text in ((app, query.text), (owner, query.explicit))
    ]
    if rows[0] != rows[1]:
        raise AssertionError(f"{query.name}: row security and the explicit filter give different rows")
