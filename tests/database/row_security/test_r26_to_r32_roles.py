"""R26 to R32: the application's roles are bound, and have no right that row security does not govern.

Prevents: a role made through Neon's console (BYPASSRLS), TRUNCATE past all policies, secrets readable by machines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from database.isolation.probe import probe
from database.isolation.tenants import TABLES, Tenant
from database.row_security.facts import facts as catalog
from database.row_security.facts.facts import Facts
from tests.database.conftest import PASSWORDS, A, Database
from tests.releases import since

DENIED = psycopg.errors.InsufficientPrivilege
DML = ["delete", "insert", "select", "update"]


@pytest.fixture(scope="module")
def facts(secured: Database) -> Facts:
    with psycopg.connect(secured.owner) as connection:
        return catalog.read(connection)


@pytest.mark.parametrize("role", ["prductr_app", "prductr_service"])
def test_r26_and_r27_the_roles_can_log_in_and_do_nothing_else(facts: Facts, role: str) -> None:
    assert dict(facts.of("role"))[role] == {
        "login": True,
        "superuser": False,
        "bypassrls": False,
        "createrole": False,
        "createdb": False,
        "replication": False,
        "inherit": False,
        "member_of": [],
        "members": [],
        "owns": [],
    }


@since(16, "BYPASSRLS in the hands of an owner who is not a superuser")
def test_r27_a_membership_that_leads_to_a_bypass_is_found_through_any_number_of_roles(scratch: Database) -> None:
    scratch.execute("create role r27_far bypassrls", "create role r27_near in role r27_far")
    scratch.execute("grant r27_near to prductr_app")
    try:
        reported = [each.text for each in scratch.security().differences()]
    finally:
        scratch.execute("drop role r27_near, r27_far")
    assert reported == ["role prductr_app is a member of r27_far, r27_near"]


def test_r27_temporary_objects_of_the_application_s_sessions_stop_no_apply(scratch: Database) -> None:
    with psycopg.connect(scratch.app, autocommit=True) as session:
        scratch.execute(f"grant temporary on database {scratch.name} to prductr_app")  # as before it was revoked
        session.execute("create temporary table held (id serial primary key, big text)")
        session.execute("create function pg_temp.one() returns int language sql as 'select 1'")
        session.execute("create type pg_temp.pair as (a int, b int)")
        session.execute("select lo_create(0)")
        scratch.execute(f"revoke temporary on database {scratch.name} from prductr_app")
        security = scratch.security()
        assert security.differences() == []
        assert security.apply(PASSWORDS, tolerated=()).done == ()
        assert probe(scratch.app).isolated
    scratch.execute_as_superuser("create table public.owned (id int)", "alter table public.owned owner to prductr_app")
    reported = [each.text for each in scratch.security().differences()]
    assert "role prductr_app owns table public.owned, to which no policy applies unless it is forced" in reported


def test_r28_grants_are_exactly_the_matrix(facts: Facts) -> None:
    grants = {name: value["privileges"] for name, value in facts.of("grant")}
    by_table = {name: value for name, value in grants.items() if name.split(" to ")[0] in TABLES}
    assert {name for name in by_table if name.endswith("prductr_app")} == {
        f"{table} to prductr_app" for table in TABLES
    }
    standard = {f"{table} to prductr_app" for table in TABLES if table != "organizations"}
    assert all(grants[name] == DML for name in standard)
    machines = [
        table for table in TABLES if table not in {"users", "organizations", "organization_members", "user_secrets"}
    ]
    assert all(grants[f"{table} to prductr_service"] == DML for table in machines)
    assert grants["organization_members to prductr_service"] == ["select"]
    assert {each.split("(")[0] for each in grants["users to prductr_service"]} == {"select"}


@pytest.mark.parametrize("table", TABLES)
def test_r28_the_application_cannot_truncate_alter_refer_to_or_put_triggers_on_a_table(
    app: psycopg.Connection[Any], table: str
) -> None:
    for statement in (
        f"truncate public.{table} cascade",
        f"alter table public.{table} disable row level security",
        f"drop policy {table}_select on public.{table}",
        f"create policy mine on public.{table} using (true)",
        f"create trigger mine before insert on public.{table} for each row execute function public.guard_agent()",
    ):
        refused = (DENIED, psycopg.errors.InvalidTableDefinition)
        with pytest.raises(refused), app.transaction():
            app.execute(statement)


def test_r28_the_application_cannot_refer_to_a_table(scratch: Database) -> None:
    scratch.execute(f"grant temporary on database {scratch.name} to prductr_app")
    with psycopg.connect(scratch.app) as app:
        app.execute("create temporary table own (id varchar(255) primary key)")
        for table in TABLES:
            with pytest.raises(psycopg.Error) as refused, app.transaction():
                app.execute(f"create temporary table mine (id varchar(255) references public.{table})")
            assert refused.value.sqlstate in {"42501", "42P16"}, table


def test_r29_public_has_nothing_and_gets_nothing_by_default(secured: Database, facts: Facts) -> None:
    assert {name for name, _ in facts.of("grant") if name.endswith(" to public")} == set()
    with psycopg.connect(secured.owner) as connection:
        connection.execute("create function public.fresh() returns int language sql return 1")
        connection.execute("create table public.fresh (id int)")
        for privilege in ("select", "insert", "update", "delete", "truncate"):
            assert connection.execute(
                f"select has_table_privilege('prductr_app', 'fresh', '{privilege}')"
            ).fetchone() == (False,)
        allowed = connection.execute("select has_function_privilege('prductr_app', 'public.fresh()', 'execute')")
        assert allowed.fetchone() == (False,)
        connection.rollback()
    with psycopg.connect(secured.app) as connection, pytest.raises(DENIED, match="schema public"):
        connection.execute("create table public.mine (id int)")


def test_r30_the_ledger_is_out_of_the_application_s_reach(app: psycopg.Connection[Any]) -> None:
    with pytest.raises(DENIED, match="schema launch"):
        app.execute("select * from launch.schema_migrations")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("users", "password_hash"),
        ("organizations", "api_keys"),
        ("user_secrets", "encrypted_value"),
        ("user_secrets", "iv"),
        ("user_secrets", "auth_tag"),
    ],
)
def test_r31_machines_cannot_read_columns_that_prove_an_identity(secured: Database, table: str, column: str) -> None:
    with psycopg.connect(secured.service) as connection:
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        assert connection.execute(f"select id from public.{table}").fetchall() == [(A.id(table),)]
        with pytest.raises(DENIED, match=f"table {table}"):
            connection.execute(f"select {column} from public.{table}")


def test_r32_no_session_setting_gets_past_the_policies(
    app: psycopg.Connection[Any], act: Callable[[Tenant], None]
) -> None:
    for statement in (
        "set role neondb_owner",
        "set role neon_superuser",
        "set session authorization neondb_owner",
        "set session_replication_role = replica",
    ):
        with pytest.raises((DENIED, psycopg.errors.InvalidParameterValue)), app.transaction():
            app.execute(statement)
    act(A)
    app.execute("set local row_security = off")
    with pytest.raises(DENIED, match="would be affected by row-level security"):
        app.execute("select * from public.tasks")
