"""Neighbours of our tables in schema public that do not touch them: extensions, tables and functions of others.

Prevents: an ordinary extension, or a table of Neon's Data API, that stops every apply and turns each verification into
an alarm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from components.row_security import RowSecurityProvider
from database.row_security.checks import findings
from database.row_security.row_security import SecurityError
from launch.verify.checks.database import isolates_tenants, keeps_rules
from tests.database.conftest import PASSWORDS, Database
from tests.database.row_security.test_resource import inputs
from tests.releases import since

PROVIDER = RowSecurityProvider()


@pytest.fixture
def shared(scratch: Database) -> Iterator[Database]:
    """A database that another role uses, too."""
    scratch.execute_as_superuser("create role neighbour", "grant usage, create on schema public to neighbour")
    yield scratch
    scratch.execute_as_superuser("drop owned by neighbour cascade", "drop role neighbour")


def assert_lives_beside(database: Database) -> None:
    """Assert that create, refresh and update succeed, nothing is drift, and a verification finds nothing."""
    outs = PROVIDER.create(inputs(database)).outs or {}
    assert PROVIDER.diff("row-security", outs, inputs(database)).changes is False
    assert (PROVIDER.read("row-security", outs).outs or {})["drift"] == []
    outs = PROVIDER.update("row-security", outs, inputs(database) | {"schema_version": "0011"}).outs or {}
    assert outs["drift"] == []
    assert asyncio.run(keeps_rules(database.app)) == f"{len(database.security().checks)} rules"
    assert asyncio.run(isolates_tenants(database.app)).startswith("15 tables")


@pytest.mark.parametrize("extension", ["pg_stat_statements", "pg_buffercache", "dblink", "pg_trgm"])
def test_an_extension_in_schema_public_stays_as_it_comes(scratch: Database, extension: str) -> None:
    scratch.execute_as_superuser(f"create extension {extension} schema public")
    assert_lives_beside(scratch)


def test_a_public_table_of_an_extension_is_left_to_the_extension(scratch: Database) -> None:
    scratch.execute_as_superuser(
        "create extension pg_trgm schema public",
        "create table public.reference_systems (id int primary key, follows int references public.reference_systems)",
        "create sequence public.reference_numbers",
        "grant select on public.reference_systems to public",
        "grant select, usage on public.reference_numbers to public",
        "alter extension pg_trgm add table public.reference_systems",
        "alter extension pg_trgm add sequence public.reference_numbers",
    )
    assert_lives_beside(scratch)


def test_a_function_of_another_role_that_is_closed_to_everybody_stops_nothing(shared: Database) -> None:
    shared.execute_as_superuser(
        "set role neighbour",
        "create function public.theirs() returns int language sql as 'select 1'",
        "revoke execute on function public.theirs() from public",
        "reset role",
        "revoke create on schema public from neighbour",
    )
    assert_lives_beside(shared)


def test_a_function_of_another_role_that_everybody_may_execute_is_named_and_stops_the_apply(shared: Database) -> None:
    shared.execute_as_superuser(
        "set role neighbour", "create function public.theirs() returns int language sql as 'select 1'", "reset role"
    )
    expected = r"public may execute on function theirs\(\), which is not declared\. Nothing was changed"
    with pytest.raises(SecurityError, match=expected):
        shared.security().apply(PASSWORDS, tolerated=())


NOTES = (
    """create table public.notes (
        id int generated always as identity primary key,
        owner_id text unique,
        follows int references public.notes
    )""",
    "alter table public.notes enable row level security",
    "grant select, insert, update on public.notes to neighbour",
    "create policy mine on public.notes to neighbour using (true) with check (owner_id is not null)",
    "create policy everybody_reads on public.notes for select using (owner_id in (select rolname from pg_roles))",
    "create function public.stamp() returns trigger language plpgsql security definer as 'begin return new; end'",
    "revoke execute on function public.stamp() from public",
    "create trigger stamp before insert on public.notes for each row execute function public.stamp()",
    "alter table public.notes disable trigger stamp",
)
"""A table as used by Neon's Data API: with row security of its own, for a role that is not ours."""


def test_a_table_that_no_role_of_ours_reaches_is_left_to_its_owner(shared: Database) -> None:
    shared.execute(*NOTES)
    assert_lives_beside(shared)


@pytest.mark.parametrize("right", ["select (owner_id)", "delete"])
def test_such_a_table_is_examined_as_soon_as_a_role_of_ours_reaches_it(shared: Database, right: str) -> None:
    shared.execute(*NOTES)
    with psycopg.connect(shared.owner) as connection:
        assert findings(connection, shared.security().checks) == []
        connection.execute(f"grant {right} on public.notes to prductr_service".encode())
        assert {each.check for each in findings(connection, shared.security().checks)} >= {
            "functions",
            "rls_forced",
            "one_policy_per_command",
            "policies_name_roles",
            "update_checks_what_it_uses",
            "predicates_compare_the_context",
            "triggers",
            "tenant_columns",
            "tenant_keys",
            "unique_keys",
            "indexes",
            "keys_cannot_be_counted",
        }


def test_removing_undeclared_objects_leaves_those_that_others_own_or_need(shared: Database) -> None:
    shared.execute_as_superuser(
        "create schema pgrst",
        "create function pgrst.watch() returns event_trigger language plpgsql as $$ begin notify pgrst; end $$",
        "create event trigger pgrst_ddl_watch on ddl_command_end execute function pgrst.watch()",
        "set role neighbour",
        "create table public.notes (id int)",
        "alter table public.notes enable row level security",
        "create policy mine on public.notes to neighbour using (true)",
        "reset role",
    )
    shared.execute(
        "create function public.needed() returns int language sql as 'select 1'",
        "create function public.unneeded() returns int language sql as 'select 1'",
    )
    shared.execute_as_superuser(
        "grant execute on function public.needed() to neighbour",
        "create view pgrst.counted as select public.needed()",
    )
    report = shared.security().apply(PASSWORDS, remove_foreign=True, tolerated=())
    assert [each.key for each in report.foreign if each.kind != "grant"] == [
        "function needed()",
        "event trigger pgrst_ddl_watch",
        "relation notes",
        "policy notes.mine",
    ]
    outs = PROVIDER.create(inputs(shared) | {"remove_foreign": True}).outs or {}
    assert PROVIDER.diff("row-security", outs, inputs(shared) | {"remove_foreign": True}).changes is False


@since(17, "event triggers at login")
def test_another_owner_s_event_trigger_at_login_still_stops_the_apply(scratch: Database) -> None:
    scratch.execute_as_superuser(
        "create schema side",
        "create function side.named() returns event_trigger language plpgsql as 'begin end'",
        "create event trigger named on login execute function side.named()",
    )
    expected = r"event trigger named is not declared: login runs side\.named\(\).*must be owner"
    with pytest.raises(SecurityError, match=expected):
        scratch.security().apply(PASSWORDS, remove_foreign=True, tolerated=())


def test_an_event_trigger_of_the_owner_is_removed_with_its_function(scratch: Database) -> None:
    scratch.execute_as_superuser(
        "alter role neondb_owner superuser",
        "set role neondb_owner",
        "create function public.watch() returns event_trigger language plpgsql as 'begin end'",
        "create event trigger watch on ddl_command_end execute function public.watch()",
        "reset role",
        "alter role neondb_owner nosuperuser",
    )
    assert scratch.security().apply(PASSWORDS, remove_foreign=True, tolerated=()).foreign == ()
