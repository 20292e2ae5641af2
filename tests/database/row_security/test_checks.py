"""Each check of `sql/checks` fails on a database with its defect, and all pass on the secured one.

Prevents: a check that cannot fail.
"""

# ruff: noqa: E501 -- a statement and its sentence are easier to compare on one line each

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from database.postgres.errors import DatabaseError
from database.row_security.checks import findings, load
from tests.database.conftest import Database
from tests.releases import RELEASE, since

CHECKS = load(Path("sql/checks"))

BROKEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "rls_forced": ("tasks", ("alter table public.tasks no force row level security",)),
    "one_policy_per_command": (
        "tasks",
        ("create policy more on public.tasks for select to prductr_app using (false)",),
    ),
    "policies_name_roles": ("users.users_select", ("alter policy users_select on public.users to public",)),
    "update_checks_what_it_uses": (
        "tasks.tasks_update",
        ("alter policy tasks_update on public.tasks with check (true)",),
    ),
    "predicates_compare_the_context": (
        "tasks.tasks_select",
        ("alter policy tasks_select on public.tasks using (true)",),
    ),
    "context_functions": ("current_org_id", ("alter function public.current_org_id() immutable",)),
    "functions": ("user_id_for_login(text)", ("grant execute on function public.user_id_for_login to public",)),
    "roles_are_bound": ("prductr_app", ("alter role prductr_app bypassrls",)),
    "grants": ("tasks", ("grant truncate on public.tasks to prductr_app",)),
    "secret_columns": ("users.password_hash", ("grant select on public.users to prductr_service",)),
    "views": ("analytics_daily", ("alter view public.analytics_daily reset (security_invoker)",)),
    "triggers": ("tasks.fill_organization", ("alter table public.tasks disable trigger fill_organization",)),
    "tenant_columns": ("tasks", ("alter table public.tasks alter organization_id drop not null",)),
    "tenant_keys": ("tasks.project_id", ("alter table public.tasks drop constraint tasks_project_of_organization_fk",)),
    "unique_keys": ("projects_slug_idx", ("create unique index projects_slug_idx on public.projects (root_path)",)),
    "indexes": ("agents.organization_id", ("drop index public.agents_organization_id_idx",)),
    "keys_cannot_be_counted": (
        "counter",
        ("create sequence public.counter", "grant usage on sequence counter to prductr_app"),
    ),
    "upkeep": ("tasks", ("alter table public.tasks drop constraint tasks_pkey cascade",)),
    "sessions": ("prductr_app", ("alter role prductr_app set app.current_org_id = 'x'",)),
    "large_objects": (
        "large object 4242",
        ("select lo_create(4242)", "alter large object 4242 owner to prductr_app"),
    ),
    "stored_code": (
        "projects.description",
        (
            "create function launch.leak() returns text language sql security definer as 'select 1::text'",
            "alter table public.projects alter description set default launch.leak()",
        ),
    ),
    "objects": (
        "operator public.=(pg_catalog.text,pg_catalog.text)",
        ("create operator public.= (leftarg = text, rightarg = text, function = pg_catalog.textne)",),
    ),
}

_LOGIN = [
    (
        "sessions",
        "create function public.lg() returns event_trigger language plpgsql as 'begin end'; create event trigger lg on login execute function public.lg()",
    ),
]
ALSO: list[tuple[str, str]] = [
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id <> (select public.current_org_id()))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = public.current_org_id())",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select public.current_org_id()) or (select public.current_org_id()) is null)",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select current_setting('app.current_org_id', true)))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (project_id = (select public.current_org_id()))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id in (select id from public.organizations))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select public.current_org_id()) or status = 'done')",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select public.current_org_id()) or created_at is not null)",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select public.current_org_id()) or title = title)",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select public.current_org_id()) or length(title) = length(title))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (case when title = 'q' then organization_id = (select public.current_org_id()) else 1 = 2 or coalesce(title, 'x') = coalesce(title, 'x') end)",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select public.current_org_id()) or (organization_id is null and (select public.current_org_id()) is not null))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select public.current_user_id()))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (id = (select public.current_org_id()))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = any (public.current_user_org_ids()))",
    ),
    (
        "predicates_compare_the_context",
        "alter policy tasks_select on public.tasks using (organization_id = (select public.current_org_id()) and title = 'x' or title = 'y')",
    ),
    (
        "predicates_compare_the_context",
        "alter policy cost_events_select on public.cost_events using (organization_id is null and event_type = 'analytics' and cost = 0 and (select public.current_user_id()) is not null)",
    ),
    (
        "predicates_compare_the_context",
        'alter table public.tasks add column "@own" boolean; alter policy tasks_select on public.tasks using ("@own")',
    ),
    (
        "update_checks_what_it_uses",
        "drop policy tasks_insert on public.tasks; create policy tasks_insert on public.tasks for all to prductr_app using (false)",
    ),
    ("one_policy_per_command", "drop policy tasks_delete on public.tasks"),
    ("context_functions", "alter function public.current_org_id() volatile"),
    ("functions", "alter function public.set_context reset search_path"),
    ("functions", "alter function public.set_context security definer"),
    ("functions", "alter function public.member_rank leakproof"),
    (
        "views",
        "create materialized view public.copied as select * from public.tasks; grant select on public.copied to prductr_app",
    ),
    ("triggers", "alter function public.guard_agent security definer"),
    ("triggers", "alter table public.tasks disable trigger all"),
    ("rls_forced", "create table public.loose (id int); grant select on public.loose to prductr_app"),
    ("grants", "grant usage on schema launch to prductr_app"),
    ("grants", "create schema side authorization neon_superuser; grant usage on schema side to public"),
    ("grants", "create schema pgrst authorization neondb_owner; grant usage on schema pgrst to public"),
    ("grants", "grant select on public.tasks to public"),
    ("grants", "alter default privileges for role neondb_owner grant usage on schemas to prductr_app"),
    ("grants", "alter default privileges for role neondb_owner grant execute on functions to public"),
    ("grants", "alter default privileges for role neondb_owner in schema public grant select on tables to prductr_app"),
    ("grants", "grant create on schema public to prductr_app"),
    ("grants", "grant select on pg_catalog.pg_statistic to prductr_app"),
    ("grants", "grant execute on function pg_catalog.pg_read_file(text) to prductr_service"),
    (
        "tenant_keys",
        "alter table public.tasks add constraint plain foreign key (project_id) references public.projects (id)",
    ),
    ("tenant_keys", "drop trigger guard_agent on public.tasks"),
    ("roles_are_bound", "alter table public.tasks owner to prductr_app"),
    ("roles_are_bound", "create role far; create role near in role neondb_owner; grant near to far"),
    ("roles_are_bound", "alter schema public owner to neon_superuser"),
    ("sessions", "alter role all set session_replication_role = replica"),
    ("sessions", "grant set on parameter session_replication_role to public"),
    ("sessions", "alter role all set \"App.Current_org_id\" = 'x'"),
    *(_LOGIN if RELEASE >= 17 else []),
    ("tenant_columns", "alter table public.user_secrets alter user_id drop not null"),
    ("tenant_columns", "alter table public.organization_members alter user_id drop not null"),
    ("tenant_columns", "alter table public.cost_events alter event_type drop not null"),
    ("tenant_columns", "alter table public.cost_events alter cost drop not null"),
    ("unique_keys", "alter table public.users drop constraint users_email_unique"),
    ("unique_keys", "alter table public.projects add constraint alone exclude (id with =)"),
    (
        "unique_keys",
        "drop index public.organization_members_organization_id_user_id_key; create index organization_members_organization_id_user_id_key on public.organization_members (organization_id, user_id)",
    ),
    ("unique_keys", "update pg_index set indisvalid = false where indexrelid = 'public.users_email_unique'::regclass"),
    ("tenant_columns", "alter table public.cost_events drop constraint cost_events_usage_complete"),
    (
        "stored_code",
        "create function launch.pure(v text) returns text language sql immutable security definer as 'select 1::text'; alter table public.tasks add peek text generated always as (launch.pure(title)) stored",
    ),
    (
        "stored_code",
        "create function launch.pure(v text) returns text language sql immutable security definer as 'select 1::text'; create index peek on public.tasks (launch.pure(title))",
    ),
    (
        "stored_code",
        "create function launch.pure(v text) returns text language sql immutable security definer as 'select 1::text'; create unique index peek on public.tasks (organization_id) where launch.pure(title) is null",
    ),
    (
        "stored_code",
        "create function launch.pure(v text) returns text language sql immutable security definer as 'select 1::text'; alter table public.tasks add constraint peek check (launch.pure(title) is null) not valid",
    ),
    (
        "stored_code",
        "create function launch.pure(v text) returns text language sql immutable security definer as 'select 1::text'; create statistics peek on (launch.pure(title)) from public.tasks",
    ),
    (
        "stored_code",
        "create function launch.pure(v text) returns text language sql immutable security definer as 'select 1::text'; create domain launch.d as text check (launch.pure(value) is not null); alter table public.tasks add peek launch.d",
    ),
    (
        "stored_code",
        "create function launch.pure(v text) returns text language sql immutable security definer as 'select 1::text'; create or replace view public.analytics_daily with (security_invoker, security_barrier) as select organization_id, created_at::date as day, launch.pure('') as event, 1::bigint as events, 1::bigint as users from public.cost_events",
    ),
    (
        "stored_code",
        "create table launch.parent as select id from public.tasks with no data; alter table public.tasks inherit launch.parent",
    ),
    ("stored_code", "create table launch.child () inherits (public.tasks)"),
    ("objects", "create cast (text as integer) with inout as implicit"),
    ("objects", "create default conversion public.lossy for 'UTF8' to 'LATIN1' from utf8_to_iso8859_1"),
    (
        "objects",
        "create subscription fills connection 'dbname=x' publication rows with (connect = false, slot_name = none, enabled = false)",
    ),
    (
        "grants",
        "create view launch.shown as select * from public.tasks; grant select (id) on launch.shown to prductr_service",
    ),
    (
        "grants",
        "create function launch.leak() returns text language sql security definer as 'select 1::text'; alter function launch.leak() owner to neondb_owner",
    ),
    (
        "grants",
        "create role helper; grant helper to neondb_owner; create schema pgrst authorization helper; grant usage on schema pgrst to public",
    ),
    (
        "grants",
        "create schema side; grant usage on schema side to public; create view side.shown as select * from public.tasks; grant select on side.shown to public",
    ),
    ("grants", "select lo_create(4242); grant select on large object 4242 to public"),
    (
        "grants",
        "create extension dblink schema public; grant execute on function public.dblink_connect_u(text) to prductr_app",
    ),
    (
        "views",
        "create extension pg_trgm schema public; create view public.alike as select * from public.tasks; alter view public.alike owner to neondb_owner; grant select on public.alike to prductr_app; alter extension pg_trgm add view public.alike",
    ),
    ("grants", "grant create on tablespace pg_default to prductr_app"),
    (
        "grants",
        "do $$ begin execute format('grant temporary on database %I to prductr_app', current_database()); end $$",
    ),
    ("grants", "grant select on pg_catalog.pg_statistic to public"),
]


def test_the_secured_database_has_no_finding(secured: Database) -> None:
    assert len(CHECKS) == len(BROKEN) >= 22
    for url in (secured.owner, secured.app, secured.service):
        with psycopg.connect(url) as connection:
            assert findings(connection, CHECKS) == []


def test_every_check_has_a_test_of_its_own() -> None:
    assert {check.name for check in CHECKS} == BROKEN.keys()


READERS = ("postgres", "prductr_app")
"""The roles that run the checks: the owner in an apply, the application in `launch verify`."""


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", BROKEN)
def test_each_check_names_the_broken_object(secured: Database, name: str, reader: str) -> None:
    thing, statements = BROKEN[name]
    check = next(check for check in CHECKS if check.name == name)
    with psycopg.connect(secured.superuser) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        connection.execute(f"set local session authorization {reader}".encode())
        assert thing in {finding.object for finding in findings(connection, [check])}
        connection.rollback()


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(("name", "statements"), ALSO)
def test_each_check_detects_every_way_to_break_its_rule(
    secured: Database, name: str, statements: str, reader: str
) -> None:
    check = next(check for check in CHECKS if check.name == name)
    with psycopg.connect(secured.superuser) as connection:
        connection.execute(statements.encode())
        connection.execute(f"set local session authorization {reader}".encode())
        assert findings(connection, [check])
        connection.rollback()


def test_an_index_counts_as_broken_after_an_aborted_build_but_not_during_one(scratch: Database) -> None:
    (check,) = (check for check in CHECKS if check.name == "indexes")
    invalid = "select from pg_index where indexrelid = to_regclass('public.slow') and not indisvalid"
    with (
        ThreadPoolExecutor() as thread,
        psycopg.connect(scratch.superuser) as writer,
        psycopg.connect(scratch.superuser, autocommit=True) as builder,
        psycopg.connect(scratch.app, autocommit=True) as reader,
    ):
        writer.execute("lock table public.tasks in row exclusive mode")  # the build waits for this transaction
        build = thread.submit(builder.execute, "create index concurrently slow on public.tasks (title)")
        try:
            while reader.execute(invalid).rowcount == 0:
                assert not build.done()
            building = findings(reader, [check])
        finally:
            builder.cancel()
        with pytest.raises(psycopg.errors.QueryCanceled):
            build.result()
        (broken,) = findings(reader, [check])
    assert building == []
    assert (broken.object, broken.detail) == ("slow", "the index is not valid")


def test_a_function_that_makes_a_context_call_ambiguous_is_reported_with_its_arguments(
    secured: Database,
) -> None:
    with psycopg.connect(secured.owner) as connection:
        connection.execute("create function public.current_org_id(one text) returns text language sql as 'select one'")
        assert [each for each in findings(connection, CHECKS) if each.check == "context_functions"] == []
        connection.execute(
            "create function public.current_org_id(two int default 1) returns int language sql as 'select 1'"
        )
        reported = [str(each) for each in findings(connection, CHECKS) if each.check == "context_functions"]
        connection.rollback()
    assert reported == ["current_org_id(integer): makes a call of current_org_id() ambiguous (context_functions)"]


@since(17, "right to maintain a table")
def test_the_right_to_maintain_a_table_is_found(secured: Database) -> None:
    with psycopg.connect(secured.superuser) as connection:
        connection.execute("grant maintain on public.tasks to prductr_app")
        assert [str(each) for each in findings(connection, CHECKS)] == ["tasks: prductr_app may maintain (grants)"]
        connection.rollback()


def test_a_folder_without_checks_is_an_error_and_not_a_success(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="there is no check"):
        load(tmp_path)
