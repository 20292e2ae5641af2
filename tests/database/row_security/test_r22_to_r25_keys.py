"""R22 to R25: keys include the tenant, reveal nothing about another's rows, and are indexed.

Prevents: a foreign key or a unique constraint, which PostgreSQL checks past every policy, that reveals a row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from database.isolation.session import insert
from database.isolation.tenants import CHILDREN, TABLES, Tenant
from tests.database.conftest import A, B, Database

Act = Callable[[Tenant], None]
App = psycopg.Connection[Any]


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.owner) as connection:
        return connection.execute(query.encode()).fetchall()


def test_r22_every_key_between_tenant_tables_carries_the_organization(secured: Database) -> None:
    found = rows(
        secured,
        "select c.relname, p.relname, pg_get_constraintdef(n.oid), n.convalidated from pg_constraint n "
        "join pg_class c on c.oid = n.conrelid join pg_class p on p.oid = n.confrelid where n.contype = 'f'",
    )
    composite = [each for each in found if each[2].startswith("FOREIGN KEY (organization_id, ")]
    plain = {(child, parent) for child, parent, definition, _ in found} - {each[:2] for each in composite}
    assert len(composite) == 10
    assert all(validated for *_, validated in found)
    assert plain == {
        *((child, "organizations") for child in ("projects", "agents", "cost_events", "connector_configs")),
        ("organization_members", "organizations"),
        ("user_secrets", "users"),
        # An agent may be global; the trigger guard_agent replaces a composite key, which cannot express that.
        *((child, "agents") for child in ("agent_instances", "project_agents", "tasks")),
    }


@pytest.mark.parametrize("table", [*CHILDREN])
def test_r22_a_child_cannot_point_at_another_tenant_s_parent(app: App, act: Act, table: str) -> None:
    act(A)
    reference, parent = CHILDREN[table]
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match=f"{table}_.*_of_organization_fk"):
        app.execute(f"update public.{table} set {reference} = %s", (B.id(parent),))


@pytest.mark.parametrize(
    ("table", "column"), [("agent_instances", "agent_id"), ("project_agents", "agent_id"), ("tasks", "assigned_to")]
)
def test_r22_another_tenant_s_agent_and_a_missing_one_give_the_same_error(
    app: App, act: Act, table: str, column: str
) -> None:
    act(A)
    answers = set()
    for agent in (B.id("agents"), "no-such-agent"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege) as refused, app.transaction():
            app.execute(f"update public.{table} set {column} = %s", (agent,))
        answers.add((refused.value.diag.message_primary or "").replace(agent, "?"))
    assert answers == {"agent '?' is not available to this organization"}
    assert app.execute(f"update public.{table} set {column} = %s", ("seed-shared-agent",)).rowcount == 1


def test_r23_unique_values_are_unique_within_a_tenant_except_for_three_global_names(secured: Database) -> None:
    found = rows(
        secured,
        "select i.relname from pg_index x join pg_class i on i.oid = x.indexrelid "
        "join pg_class c on c.oid = x.indrelid "
        "join pg_attribute t on t.attrelid = c.oid and t.attnum = x.indkey[0] "
        "where x.indisunique and not x.indisprimary and c.relnamespace = 'public'::regnamespace "
        "and t.attname <> 'organization_id'",
    )
    assert {name for (name,) in found} == {
        "organizations_slug_unique",
        "users_email_unique",
        "agent_instances_session_id_unique",
        "rate_limit_plans_default_key",  # for a table that no tenant reaches
    }


@pytest.mark.parametrize("table", ["projects", "connector_configs", "tasks", "organization_members"])
def test_r23_another_tenant_s_value_is_free_to_use(app: App, act: Act, table: str) -> None:
    act(A)
    other = {key: value for key, value in B.row(table).items() if key not in {"id", "organization_id", "project_id"}}
    row = A.row(table) | other | {"id": "duplicate"}
    assert app.execute(*insert(table, row)).rowcount == 1


def test_r24_no_key_is_a_counter(secured: Database, app: App, act: Act) -> None:
    assert rows(secured, "select 1 from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace") == []
    act(A)
    made = "insert into public.cost_events (organization_id, event_type, cost) values (%s, 'analytics', 0) returning id"
    ids = {app.execute(made, (A.organization,)).fetchone() for _ in range(2)}
    assert len(ids) == 2
    assert all(each is not None and len(each[0]) == 36 for each in ids)


def test_r25_columns_of_policies_and_foreign_keys_lead_a_valid_index(secured: Database) -> None:
    leading = set(
        rows(
            secured,
            "select c.relname, t.attname from pg_index x join pg_class c on c.oid = x.indrelid "
            "join pg_attribute t on t.attrelid = c.oid and t.attnum = x.indkey[0] "
            "where c.relnamespace = 'public'::regnamespace and x.indisvalid",
        )
    )
    own = {"users": "id", "organizations": "id", "user_secrets": "user_id"}
    policy_columns = {(table, own.get(table, "organization_id")) for table in TABLES}
    keys = rows(
        secured,
        "select c.relname, t.attname from pg_constraint n join pg_class c on c.oid = n.conrelid "
        "join pg_attribute t on t.attrelid = c.oid and t.attnum = n.conkey[1] where n.contype = 'f'",
    )
    assert len(policy_columns | set(keys)) >= 18
    assert (
        policy_columns | set(keys) | {("organization_members", "user_id"), ("organizations", "founder_id")}
    ) <= leading
    assert rows(secured, "select 1 from pg_index where not indisvalid") == []
