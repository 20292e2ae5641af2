"""The data of the row security benchmark: one large tenant, one small one, and two hundred others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from database.row_security import Declaration, Security, checks
from database.runner import Runner

SQL = Path(__file__).parents[1] / "sql"
PASSWORDS = {"prductr_app": "benchmark-app-password", "prductr_service": "benchmark-service-password"}
LARGE, SMALL = "large", "small"
ROWS = {LARGE: 1_000_000, SMALL: 10_000}
"""Rows of the tenant in each of tasks, task_activities and cost_events."""

TENANTS = ROWS | {f"other{number}": 1_000 for number in range(200)}
"""All tenants."""


def secured(url: str) -> None:
    """Create and fill the migrated schema with row security in force. `url` is a superuser's."""
    Runner(url, SQL / "migrations").run()
    declaration = Declaration(SQL / "security")
    Security(url=url, declaration=declaration, checks=checks.load(SQL / "checks")).apply(PASSWORDS)
    with psycopg.connect(url, autocommit=True) as connection:
        # rls_writing measures the cost of triggers and keys for each row.
        connection.execute("set session_replication_role = replica; set maintenance_work_mem = '512MB'")
        with _without_indexes(connection):
            for organization, rows in TENANTS.items():
                _fill(connection, organization, rows)
        connection.execute(
            "insert into agents (id, name, provider, model) select 'g' || i, 'g', 'p', 'm' "
            "from generate_series(1, 20) i"
        )
        connection.execute("vacuum analyze")


def todays(url: str) -> None:
    """Create today's schema with the one index on each table that any application has, and the large tenant's rows."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((SQL / "migrations" / "0001_baseline.sql").read_bytes())
        connection.execute("insert into organizations (id, name, slug) values ('large', 'l', 'l')")
        connection.execute(
            "insert into projects (id, organization_id, name, slug) "
            "select 'large-p' || i, 'large', 'p', 'p' from generate_series(1, 100) i"
        )
        connection.execute("set session_replication_role = replica")
        connection.execute(_TASKS.format(columns="", values=""), {"o": LARGE, "n": ROWS[LARGE], "projects": 100})
        connection.execute(_ACTIVITIES.format(columns="", values=""), {"o": LARGE, "n": ROWS[LARGE]})
        connection.execute("create index on tasks (project_id); create index on task_activities (task_id)")
        connection.execute("vacuum analyze")


_TASKS = """
insert into tasks (id, project_id, title, status, priority, created_at{columns})
select %(o)s || '-t' || i, %(o)s || '-p' || (1 + i %% %(projects)s), 'Task ' || i,
    (array['pending', 'in_progress', 'completed', 'failed'])[1 + i %% 4], 'medium',
    now() - i * interval '1 minute'{values}
from generate_series(1, %(n)s) i
"""
_ACTIVITIES = """
insert into task_activities (id, task_id, action, description, created_at{columns})
select %(o)s || '-a' || i, %(o)s || '-t' || (1 + i / 5), 'updated', 'Activity ' || i,
    now() - i * interval '1 minute'{values}
from generate_series(1, %(n)s) i
"""
_COSTS = """
insert into cost_events (
    id, organization_id, project_id, agent_id, model, tokens_input, tokens_output, cost, created_at
)
select %(o)s || '-c' || i, %(o)s, %(o)s || '-p' || (1 + i %% %(projects)s), %(o)s || '-g1',
    (array['small', 'medium', 'large'])[1 + i %% 3], i %% 1000, i %% 500, (i %% 100) / 1000.0,
    now() - i * interval '1 minute'
from generate_series(1, %(n)s) i
"""


def costs(connection: psycopg.Connection[Any]) -> None:
    """Insert every tenant's rows of cost_events, and no others."""
    for organization, rows in TENANTS.items():
        connection.execute(_COSTS, _values(organization, rows))


def _values(organization: str, rows: int) -> dict[str, object]:
    return {"o": organization, "n": rows, "projects": min(100, max(1, rows // 100))}


def _fill(connection: psycopg.Connection[Any], organization: str, rows: int) -> None:
    values = _values(organization, rows)
    connection.execute("insert into organizations (id, name, slug) values (%(o)s, %(o)s, %(o)s)", values)
    connection.execute(
        "insert into organization_members (id, organization_id, user_id, role) "
        "select %(o)s || '-m' || i, %(o)s, %(o)s || '-u' || i, 'member' from generate_series(1, 20) i",
        values,
    )
    connection.execute(
        "insert into projects (id, organization_id, name, slug) select %(o)s || '-p' || i, %(o)s, 'p', 'p' "
        "from generate_series(1, %(projects)s) i",
        values,
    )
    connection.execute(
        "insert into agents (id, organization_id, name, provider, model) "
        "select %(o)s || '-g' || i, %(o)s, 'a', 'p', 'm' from generate_series(1, 50) i",
        values,
    )
    mine = {"columns": ", organization_id", "values": ", %(o)s"}
    connection.execute(_TASKS.format(**mine), values)
    connection.execute(_ACTIVITIES.format(**mine), values)
    connection.execute(_COSTS, values)


class _without_indexes:  # noqa: N801 -- a context manager
    """Drop the secondary indexes of the large tables, and build them again at the end."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._definitions: list[str] = []

    def __enter__(self) -> None:
        found = self._connection.execute(
            "select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) from pg_index i "
            "left join pg_constraint n on n.conindid = i.indexrelid "
            "where i.indrelid = any(array['tasks', 'task_activities', 'cost_events']::regclass[]) "
            "and not i.indisunique and n.oid is null"
        ).fetchall()
        for name, definition in found:
            self._connection.execute(f"drop index {name}".encode())
            self._definitions.append(definition)

    def __exit__(self, *_: object) -> None:
        for definition in self._definitions:
            self._connection.execute(definition.encode())
