"""Today's statements of the application, unchanged: omitted columns are filled, and written ones still work.

Prevents: a schema change that breaks the running application, and analytics events that fail unnoticed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from database.isolation.tenants import CHILDREN, TABLES, Tenant
from tests.database.conftest import A, B

App = psycopg.Connection[Any]
Act = Callable[[Tenant], None]
BASELINE = json.loads(Path("sql/baseline.json").read_text())


def baseline_columns(table: str) -> list[str]:
    """Return the columns of the application's own schema: all of today's."""
    columns = [*BASELINE[table]["columns"]]
    assert "id" in columns
    return columns


@pytest.mark.parametrize("table", TABLES)
def test_a_select_that_lists_today_s_columns_works(app: App, act: Act, table: str) -> None:
    act(A)
    listed = sql.SQL(", ").join(map(sql.Identifier, baseline_columns(table)))
    assert app.execute(sql.SQL("select {} from public.{}").format(listed, sql.Identifier(table))).fetchall()


@pytest.mark.parametrize("table", [table for table in TABLES if table not in {"users", "organizations"}])
def test_an_insert_that_lists_today_s_columns_with_default_for_the_rest_returns_the_row(
    app: App, act: Act, table: str
) -> None:
    act(A)
    row = A.row(table) | {"id": "new"} | ({"session_id": "new"} if table == "agent_instances" else {})
    row |= {"user_id": "new"} if table == "organization_members" else {}
    columns = baseline_columns(table)
    values = [sql.Placeholder() if column in row else sql.SQL("default") for column in columns]
    statement = sql.SQL("insert into public.{0} ({1}) values ({2}) returning {1}").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(values)
    )
    made = app.execute(statement, [row[column] for column in columns if column in row]).fetchone()
    assert made is not None
    assert dict(zip(columns, made, strict=True))["id"] == "new"


@pytest.mark.parametrize("table", [table for table in CHILDREN if table != "cost_events"])
def test_an_insert_without_an_organization_gets_that_of_its_parent(app: App, act: Act, table: str) -> None:
    act(A)
    row = A.row(table) | {"id": "new"} | ({"session_id": "new"} if table == "agent_instances" else {})
    del row["organization_id"]
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    marks = sql.SQL(", ").join(sql.Placeholder() for _ in row)
    statement = sql.SQL("insert into public.{} ({}) values ({}) returning organization_id").format(
        sql.Identifier(table), columns, marks
    )
    assert app.execute(statement, list(row.values())).fetchone() == (A.organization,)


@pytest.mark.parametrize(
    "event",
    [
        "signup",
        "login",
        "agent_connection",
        "agent_heartbeat",
        "task_created",
        "task_completed",
        "conflict_detected",
        "escalation_triggered",
    ],
)
def test_the_dashboard_s_analytics_insert_works_with_an_organization(app: App, act: Act, event: str) -> None:
    act(A)
    metadata = json.dumps({"event": event, "userId": A.user, "timestamp": "2026-01-01T00:00:00Z", "plan": "free"})
    made = app.execute(
        "insert into cost_events (organization_id, event_type, cost, metadata) values ($1, 'analytics', 0, $2) "
        "returning id, metadata ->> 'event'".replace("$1", "%s").replace("$2", "%s"),
        (A.organization, metadata),
    ).fetchone()
    assert made is not None
    assert (len(made[0]), made[1]) == (36, event)


def test_the_dashboard_s_analytics_insert_works_before_there_is_an_organization_and_nobody_sees_it(
    app: App,
) -> None:
    app.execute("select public.set_context('new-user')")
    metadata = json.dumps({"event": "signup", "userId": "new-user"})
    insert = "insert into cost_events (organization_id, event_type, cost, metadata) values (%s, 'analytics', 0, %s)"
    assert app.execute(insert, (None, metadata)).rowcount == 1
    assert app.execute("select count(*) from cost_events").fetchone() == (0,)
    app.execute("select public.set_context(%s, %s)", (B.user, B.organization))
    assert app.execute("select count(*) from cost_events where organization_id is null").fetchone() == (0,)


DRIZZLE = (
    "insert into cost_events (id, organization_id, project_id, agent_id, task_id, model, tokens_input, tokens_output, "
    "cost, created_at, event_type, metadata) values "
    "(default, %s, default, default, default, default, default, default, 0, default, 'analytics', %s)"
)
"""Drizzle's statement once its schema has the two columns: every omitted column is `default`."""


@pytest.mark.parametrize("organization", [A.organization, None])
def test_the_analytics_insert_works_with_drizzle_s_column_list(app: App, act: Act, organization: str | None) -> None:
    act(A)
    assert app.execute(DRIZZLE, (organization, json.dumps({"event": "login"}))).rowcount == 1


@pytest.mark.parametrize("organization", [A.organization, None])
def test_the_analytics_insert_without_a_context_is_refused_and_not_silently_lost(
    app: App, organization: str | None
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="cost_events"):
        app.execute(DRIZZLE, (organization, json.dumps({"event": "login"})))


def test_required_columns_of_a_usage_event_are_still_required(app: App, act: Act) -> None:
    act(A)
    for missing in ("project_id", "agent_id", "model", "tokens_input", "tokens_output"):
        row = A.row("cost_events") | {"id": "new", missing: None}
        columns = sql.SQL(", ").join(map(sql.Identifier, row))
        marks = sql.SQL(", ").join(sql.Placeholder() for _ in row)
        statement = sql.SQL("insert into public.cost_events ({}) values ({})").format(columns, marks)
        with pytest.raises(psycopg.errors.CheckViolation, match="cost_events_usage_complete"), app.transaction():
            app.execute(statement, list(row.values()))


def test_a_signed_in_user_can_register_nobody_else(app: App) -> None:
    app.execute("select public.set_context('me')")
    mine = "insert into public.users (id, email) values (%s, %s) returning id, auth_provider"
    assert app.execute(mine, ("me", "me@example.com")).fetchone() == ("me", "local")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="users"):
        app.execute(mine, ("you", "you@example.com"))
