"""R13 to R20: the effect of each statement of the application on another tenant's rows, in every table.

Prevents: a policy that looks right and lets one command, one join or one upsert across. (R21 is test_r21_model.py.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from database.isolation.session import insert
from database.isolation.tenants import CHILDREN, HARMLESS_COLUMN, TABLES, TENANT_COLUMN, Tenant
from tests.database.conftest import SHARED_AGENT, A, B, Database, copy

DENIED = psycopg.errors.InsufficientPrivilege
AGENTS_REQUIRED = ("project_agents", "agent_instances")
Act = Callable[[Tenant], None]
App = psycopg.Connection[Any]

OWN_ROWS = {"organization_members": 4, "agents": 2}
"""The number of rows that a tenant sees, if it is not one: its four members; its own agent and the global one."""


def test_the_seeded_tables_are_not_empty(secured: Database) -> None:
    with psycopg.connect(secured.superuser) as connection:
        for table in TABLES:
            count = connection.execute(f"select count(*) from public.{table}").fetchone()
            assert count is not None
            assert count[0] >= 2, table


@pytest.mark.parametrize("table", TABLES)
def test_r13_a_tenant_reads_all_of_its_rows_and_none_of_another_s(app: App, act: Act, table: str) -> None:
    act(A)
    assert app.execute(f"select count(*) from public.{table}").fetchone() == (OWN_ROWS.get(table, 1),)
    by_key = f"select id from public.{table} where id = %s"
    assert app.execute(by_key, (A.id(table),)).fetchall() == [(A.id(table),)]
    assert app.execute(by_key, (B.id(table),)).fetchall() == []
    assert app.execute(f"select exists (select from public.{table} where id = %s)", (B.id(table),)).fetchone() == (
        False,
    )
    joined = f"select count(*) from unnest(%s::text[]) i join public.{table} t on t.id = i"
    assert app.execute(joined, ([A.id(table), B.id(table)],)).fetchone() == (1,)
    assert app.execute(f"select max(id) from public.{table} where id like 'seed-b-%'").fetchone() == (None,)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    ("user", "organization"),
    [
        ("", ""),
        ("", A.organization),
        ("stranger", A.organization),
        ("stranger", "11111111-1111-1111-1111-111111111111"),
    ],
)
def test_r14_a_missing_empty_or_unknown_context_sees_no_row(app: App, table: str, user: str, organization: str) -> None:
    app.execute("select public.set_context(%s, %s)", (user, organization))
    assert app.execute(f"select count(*) from public.{table}").fetchone() == (0,)


@pytest.mark.parametrize("table", TABLES)
def test_r14_a_row_with_empty_keys_belongs_to_nobody(scratch_empty_keys: App, table: str) -> None:
    assert scratch_empty_keys.execute(f"select count(*) from public.{table}").fetchone() == (0,)


@pytest.fixture(scope="module")
def scratch_empty_keys(template: Database) -> Iterator[App]:
    """Rows with '' for organization and user, written behind the application's back, read without a context."""
    for database in copy(template):
        empty = Tenant("", "")
        with psycopg.connect(database.superuser) as connection:
            connection.execute("set session_replication_role = replica")
            for table in TABLES:
                row = empty.row(table)
                for column in ("id", "organization_id", "user_id", "founder_id"):
                    row |= {column: ""} if column in row else {}
                connection.execute(*insert(table, row))
        with psycopg.connect(database.app) as connection:
            yield connection


@pytest.mark.parametrize("table", [table for table in TABLES if table != "organizations"])
def test_r15_a_row_for_another_tenant_is_refused(app: App, act: Act, table: str) -> None:
    row = B.row(table, agent=SHARED_AGENT) | {"id": "new"}
    row |= {"email": "new@example.com"} if table == "users" else {}
    row |= {"session_id": "new"} if table == "agent_instances" else {}
    row |= {"user_id": "new"} if table == "organization_members" else {}
    by = {"organization_members": "a member cannot give the role"}.get(table, f'policy for table "{table}"')
    act(A)
    with pytest.raises(DENIED, match=by), app.transaction():
        app.execute(*insert(table, row))
    app.execute("select public.set_context('', '')")
    # Without a context not even the global agent is visible, and the trigger that looks for it runs first.
    by = "is not available to this organization" if table in AGENTS_REQUIRED else by
    with pytest.raises(DENIED, match=by), app.transaction():
        app.execute(*insert(table, row))


@pytest.mark.parametrize("table", TABLES)
def test_r16_another_tenant_s_row_is_neither_updated_nor_deleted_by_its_key(app: App, act: Act, table: str) -> None:
    act(A)
    update = sql.SQL("update public.{} set {} = {} where id = %s").format(
        sql.Identifier(table), *[sql.Identifier(HARMLESS_COLUMN[table])] * 2
    )
    delete = sql.SQL("delete from public.{} where id = %s").format(sql.Identifier(table))
    for statement in (update, delete):
        assert app.execute(statement, (B.id(table),)).rowcount == 0
        with app.transaction(force_rollback=True):
            assert app.execute(statement, (A.id(table),)).rowcount == 1


@pytest.mark.parametrize("table", TABLES)
def test_r17_update_and_delete_without_a_condition_touch_exactly_the_tenant_s_rows(
    app: App, act: Act, table: str
) -> None:
    own = {"organization_members": 4}.get(table, 1)
    act(A)
    constant = "default" if table == "organization_members" else "'x'"
    with app.transaction(force_rollback=True):
        assert app.execute(f"update public.{table} set {HARMLESS_COLUMN[table]} = {constant}").rowcount == own
    with app.transaction(force_rollback=True):
        if table == "organization_members":
            with pytest.raises(psycopg.errors.CheckViolation, match="last owner"):
                app.execute(f"delete from public.{table}")
        else:
            assert app.execute(f"delete from public.{table}").rowcount == own


@pytest.mark.parametrize("table", TABLES)
def test_r18_a_row_cannot_be_given_to_another_tenant(app: App, act: Act, table: str) -> None:
    act(A)
    column = TENANT_COLUMN.get(table, "organization_id")
    target = f"{B.tenant_value(table)}{'-new' if column == 'id' else ''}"
    if table in AGENTS_REQUIRED:  # otherwise the trigger that guards them would refuse first
        app.execute(f"update public.{table} set agent_id = %s", (SHARED_AGENT,))
    with pytest.raises(DENIED, match=f'row-level security policy for table "{table}"'):
        app.execute(f"update public.{table} set {column} = %s where id = %s", (target, A.id(table)))


@pytest.mark.parametrize("table", TABLES)
def test_r19_upsert_merge_copy_and_locking_stay_within_the_tenant(app: App, act: Act, table: str) -> None:
    act(A)
    column = HARMLESS_COLUMN[table]
    statement, values = insert(table, A.row(table) | {"id": B.id(table)})
    upsert = statement + f" on conflict (id) do update set {column} = excluded.{column}".encode()
    # A user's id is that of the signed-in user, so the policy refuses another id first.
    refused = DENIED if table == "users" else psycopg.errors.UniqueViolation
    with pytest.raises(refused, match=table), app.transaction():
        app.execute(upsert, values)
    merge = (
        f"merge into public.{table} t using (values (%s)) v (id) on t.id = v.id "
        f"when matched then update set {column} = default when not matched then do nothing"
    )
    assert app.execute(merge, (B.id(table),)).rowcount == 0
    # PostgreSQL does not support COPY FROM under row security at all.
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="row-level security"), app.transaction():
        app.execute(f"copy public.{table} (id) from stdin")
    both = ([A.id(table), B.id(table)],)
    for strength in ("update", "no key update", "share", "key share"):
        locked = app.execute(f"select id from public.{table} where id = any(%s) for {strength}", both).fetchall()
        assert locked == [(A.id(table),)]


@pytest.mark.parametrize("table", TABLES)
def test_r20_neither_returning_nor_an_error_shows_another_tenant_s_row(app: App, act: Act, table: str) -> None:
    act(A)
    returned = app.execute(f"update public.{table} set id = id returning id").fetchall()
    assert (A.id(table),) in returned
    assert len(returned) == {"organization_members": 4}.get(table, 1)
    statement, values = insert(table, A.row(table) | {"id": B.id(table)})
    with pytest.raises(psycopg.Error) as collision, app.transaction():
        app.execute(statement, values)
    reported = f"{collision.value.diag.message_primary} {collision.value.diag.message_detail}"
    # A user's id is that of the signed-in user, so the policy refuses another id first.
    assert collision.value.sqlstate == ("42501" if table == "users" else "23505")
    assert "seed-b" not in reported
    if table in CHILDREN:
        reference, parent = CHILDREN[table]
        answers = set()
        for target in (B.id(parent), "no-such-row"):
            child = A.row(table) | {"id": "new", reference: target}
            child |= {"session_id": "new"} if table == "agent_instances" else {}
            with pytest.raises(psycopg.errors.ForeignKeyViolation) as broken, app.transaction():
                app.execute(*insert(table, child))
            answers.add((broken.value.diag.message_primary or "").replace(target, "?"))
        assert len(answers) == 1, "another tenant's parent and one that does not exist get different answers"
