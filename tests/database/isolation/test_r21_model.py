"""R21: random statements of random users over random tenants do what a plain Python model says.

Prevents: a combination of context, statement and row that nobody thought of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from tests.database.conftest import Database, copy
from tests.database.isolation.model import MEMBERS, TEXT, Context, Model, Outcome, initial, tenant_column

EXAMPLES, LONGEST = 150, 25
REQUIRED: dict[str, dict[str, object]] = {
    "projects": {"slug": "s"},
    "tasks": {},
    "agents": {"provider": "p", "model": "m"},
    "cost_events": {"event_type": "analytics", "cost": 0},
    "user_secrets": {"encrypted_value": "-", "iv": "-", "auth_tag": "-"},
}


@dataclass(frozen=True)
class Step:
    """One statement in one context."""

    context: Context
    verb: str
    table: str
    key: str
    tenant: str | None
    parent: str
    everywhere: bool


MEMBER = st.sampled_from([Context(*membership) for membership in MEMBERS])
ANYBODY = st.builds(
    Context,
    user=st.sampled_from(["anna", "bert", "vera", "stranger", None]),
    named=st.sampled_from(["A", "B", "unknown", None]),
)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    table = draw(st.sampled_from(["tasks", "tasks", *TEXT]))
    tenants = ["anna", "bert", "vera", "stranger"] if table == "user_secrets" else ["A", "B", None]
    return Step(
        context=draw(MEMBER | ANYBODY),
        verb=draw(st.sampled_from(["select", "insert", "upsert", "change", "move", "adopt", "delete"])),
        table=table,
        key=f"{table}-{draw(st.integers(0, 4))}",
        tenant=draw(st.sampled_from(tenants)),
        parent=f"projects-{draw(st.integers(0, 3))}",
        everywhere=draw(st.booleans()),
    )


@pytest.fixture(scope="module")
def modelled(template: Database) -> Iterator[psycopg.Connection[Any]]:
    """A database with the model's initial rows and nothing else, as the application sees it."""
    for database in copy(template):
        with psycopg.connect(database.superuser) as connection:
            connection.execute("truncate public.organizations, public.users cascade; delete from public.agents")
            for organization in ("A", "B"):
                connection.execute("insert into organizations (id, name, slug) values (%s, %s, %s)", [organization] * 3)
            for user in ("anna", "bert", "vera", "stranger"):
                connection.execute("insert into users (id, email) values (%s, %s)", (user, user))
            for (user, organization), role in MEMBERS.items():
                member = "insert into organization_members (id, organization_id, user_id, role) values (%s, %s, %s, %s)"
                connection.execute(member, (f"{user}{organization}", organization, user, role))
            for table, rows in initial().items():
                for row in rows.values():
                    connection.execute(*_insert(table, dict(row)))
        with psycopg.connect(database.app) as connection:
            yield connection


def test_r21_a_thousand_random_statements_match_the_model(modelled: psycopg.Connection[Any]) -> None:
    executed: list[str] = []

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck]
    )
    @given(sequence=st.lists(steps(), min_size=8, max_size=LONGEST))
    def run(sequence: list[Step]) -> None:
        model = Model()
        try:
            for number, step in enumerate(sequence):
                expected = _expected(model, step)
                assert _done(modelled, step) == expected, f"statement {number}: {step}"
                executed.append(f"{step.verb}: {expected[0]} {expected[1] if expected[0] == 'error' else ''}")
        finally:
            modelled.rollback()

    run()
    assert len(executed) >= 1_000
    for verb in ("select", "insert", "upsert", "change", "move", "adopt", "delete"):
        assert sum(each.startswith(verb) for each in executed) >= 50, verb
    for outcome in ("ids", "rows", "error 42501", "error 23505", "error 23503"):
        assert sum(outcome in each for each in executed) >= 10, outcome


def _row(step: Step) -> dict[str, str | None]:
    row: dict[str, str | None] = {"id": step.key, tenant_column(step.table): step.tenant, TEXT[step.table]: "new"}
    return row | ({"project_id": step.parent} if step.table == "tasks" else {})


def _expected(model: Model, step: Step) -> Outcome:
    key = None if step.everywhere else step.key
    if step.verb == "select":
        return model.select(step.context, step.table)
    if step.verb in {"insert", "upsert"}:
        return model.insert(step.context, step.table, _row(step), upsert=step.verb == "upsert")
    if step.verb == "delete":
        return model.delete(step.context, step.table, key)
    return model.update(step.context, step.table, *_assignment(step), key)


def _assignment(step: Step) -> tuple[str, str | None]:
    if step.verb == "move":
        return tenant_column(step.table), step.tenant
    if step.verb == "adopt" and step.table == "tasks":
        return "project_id", step.parent
    return TEXT[step.table], "changed"


def _done(connection: psycopg.Connection[Any], step: Step) -> Outcome:
    connection.execute("select public.set_context(%s, %s)", (step.context.user or "", step.context.named or ""))
    try:
        with connection.transaction():
            return _executed(connection, step)
    except psycopg.Error as error:
        return ("error", error.sqlstate)


def _executed(connection: psycopg.Connection[Any], step: Step) -> Outcome:
    table = sql.Identifier(step.table)
    where = sql.SQL("") if step.everywhere else sql.SQL(" where id = {}").format(step.key)
    if step.verb == "select":
        seen = connection.execute(sql.SQL("select id from public.{} order by id").format(table)).fetchall()
        return ("ids", [key for (key,) in seen])
    if step.verb in {"insert", "upsert"}:
        statement, values = _insert(step.table, dict(_row(step)))
        if step.verb == "upsert":
            column = sql.Identifier(TEXT[step.table])
            statement += sql.SQL(" on conflict (id) do update set {0} = excluded.{0}").format(column)
        return ("rows", connection.execute(statement, values).rowcount)
    if step.verb == "delete":
        return ("rows", connection.execute(sql.SQL("delete from public.{}").format(table) + where).rowcount)
    column_name, value = _assignment(step)
    change = sql.SQL("update public.{} set {} = {}").format(table, sql.Identifier(column_name), value)
    return ("rows", connection.execute(change + where).rowcount)


def _insert(table: str, row: dict[str, object]) -> tuple[sql.Composed, list[object]]:
    row = row | REQUIRED[table]
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    marks = sql.SQL(", ").join(sql.Placeholder() for _ in row)
    statement = sql.SQL("insert into public.{} ({}) values ({})").format(sql.Identifier(table), columns, marks)
    return statement, [*row.values()]
