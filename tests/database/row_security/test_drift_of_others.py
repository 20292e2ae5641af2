"""Changes that only a superuser, or a role like Neon's own, can make are reported, and named by an apply that cannot
undo them.

Prevents: a way past row security that nobody sees because the database's owner could not have made it.
"""

# ruff: noqa: E501 -- a statement and its sentence are easier to compare on one line each

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from database.isolation.probe import probe
from database.row_security.checks import findings
from database.row_security.row_security import SecurityError
from tests.database.conftest import OWNER_PASSWORD, PASSWORDS, B, Database
from tests.releases import since

SIDE = (
    "create role drift_other bypassrls",
    "create schema side authorization drift_other",
    "grant usage on schema side to public",
    "grant usage on schema public to drift_other",
    "grant select on public.tasks to drift_other",
    "set role drift_other",
    "create view side.shown as select * from public.tasks",
    "grant select on side.shown to public",
    "reset role",
    # This leaves nothing but the opening.
    "alter schema side owner to postgres",
    "alter view side.shown owner to postgres",
    "revoke all on public.tasks, public.projects from drift_other",
    "revoke all on schema public from drift_other",
)
LOGIN = (
    f"""create function public.named() returns event_trigger language plpgsql set search_path = pg_catalog, pg_temp
    as $$ begin perform set_config('app.current_user_id', '{B.user}', false);
    perform set_config('app.current_org_id', '{B.organization}', false); end $$""",
    "revoke execute on function public.named() from public",
    "alter function public.named() owner to neondb_owner",
    "create event trigger named on login execute function public.named()",
)
BEYOND = {
    "schema": (SIDE, "public may usage on schema side, which is not declared"),
    "parameter": (
        ("grant set on parameter session_replication_role to prductr_app",),
        "prductr_app may set on parameter session_replication_role, which is not declared",
    ),
    "parameter of everybody": (
        ("grant set on parameter session_replication_role to public",),
        "public may set on parameter session_replication_role, which is not declared",
    ),
    "setting of the database": (
        (
            "do $$ begin execute format('alter database %I set session_replication_role = replica', current_database()); end $$",
        ),
        "every role in this database starts with session_replication_role = replica, declared nothing",
    ),
    "setting of everybody": (
        ("alter role all set app.current_user_id = 'x=y'",),
        "every role starts with app.current_user_id = x=y, declared nothing",
    ),
    "setting of everybody in other letters": (
        ("alter role all set \"App.Current_user_id\" = 'x'",),
        "every role starts with App.Current_user_id = x, declared nothing",
    ),
    "samples of all rows": (
        ("grant select on pg_catalog.pg_statistic to prductr_app",),
        "prductr_app may select on pg_catalog.pg_statistic, which is not declared",
    ),
    "files of the server": (
        ("grant execute on function pg_catalog.pg_read_file(text) to prductr_service",),
        "prductr_service may execute on function pg_catalog.pg_read_file(text), which is not declared",
    ),
    "setting of a role here": (
        (
            "do $$ begin execute format($f$alter role prductr_app in database %I set app.current_org_id = 'x'$f$, current_database()); end $$",
        ),
        "prductr_app in this database starts with app.current_org_id = x, declared nothing",
    ),
    "login": (LOGIN, "event trigger named is not declared: login runs public.named()"),
    "owner of the schema": (
        ("alter schema public owner to postgres",),
        "schema public belongs to postgres instead of the database's owner",
    ),
    "member of the owner": (
        ("create role drift_other login", "grant neondb_owner to drift_other"),
        "drift_other may act as the database's owner, whom no policy binds",
    ),
}
CASES = [
    *(how for how in BEYOND if how not in ("login", "member of the owner")),
    pytest.param("login", marks=since(17, "event triggers at login")),
    pytest.param("member of the owner", marks=since(16, "memberships that a role with CREATEROLE may not revoke")),
]
UNDO = (
    "revoke all on parameter session_replication_role from public, prductr_app",
    "alter role all reset all",
    "drop role if exists drift_other",
)


@pytest.fixture
def beyond(scratch: Database) -> Iterator[Database]:
    """A database for changes of the whole server."""
    yield scratch
    scratch.execute_as_superuser("drop schema if exists side cascade", *UNDO)


@pytest.mark.parametrize("how", CASES)
def test_it_is_reported_and_an_apply_names_it_and_changes_nothing(beyond: Database, how: str) -> None:
    statements, expected = BEYOND[how]
    beyond.execute_as_superuser(*statements)
    assert expected in [each.text for each in beyond.security().differences()]
    beyond.execute("drop policy users_delete on public.users")
    with pytest.raises(SecurityError) as refused:
        beyond.security().apply(PASSWORDS, tolerated=())
    assert expected in str(refused.value)
    assert "policy users_delete on users is missing" in {each.text for each in beyond.security().differences()}


@pytest.mark.parametrize("how", CASES)
def test_the_checks_find_it_so_that_a_verification_without_the_owner_sees_it(beyond: Database, how: str) -> None:
    beyond.execute_as_superuser(*BEYOND[how][0])
    with psycopg.connect(beyond.app) as connection:
        assert {each.check for each in findings(connection, beyond.security().checks)} <= {
            "grants",
            "roles_are_bound",
            "sessions",
        }
        assert findings(connection, beyond.security().checks)


@pytest.mark.parametrize(
    ("how", "crossing"),
    [
        ("schema", "side.shown: can be read, and no declared policy decides what it shows"),
        ("parameter", "role: switching triggers off gives 0, not 42501"),
        pytest.param(
            "login",
            "session: starts with a context that nobody set",
            marks=since(17, "event triggers at login"),
        ),
    ],
)
def test_the_probe_detects_the_opening(beyond: Database, how: str, crossing: str) -> None:
    beyond.execute_as_superuser(*BEYOND[how][0])
    assert crossing in map(str, probe(beyond.app).crossings)


@since(16, "GRANT … WITH ADMIN TRUE")
def test_another_role_s_schema_is_repaired_where_the_owner_may(beyond: Database) -> None:
    beyond.execute_as_superuser("create role drift_other")
    beyond.execute_as_superuser(
        "grant drift_other to neondb_owner with admin true", "alter schema public owner to drift_other"
    )
    report = beyond.security().apply(PASSWORDS, tolerated=())
    assert "schema public belongs to drift_other instead of the database's owner" in report.done
    assert beyond.security().differences() == []
    beyond.execute_as_superuser("revoke drift_other from neondb_owner")


def test_a_foreign_server_with_the_owner_s_rights_is_reported_and_revoked_from_the_application(
    beyond: Database,
) -> None:
    beyond.execute_as_superuser(
        "create extension dblink", "grant usage on foreign data wrapper dblink_fdw to neondb_owner"
    )
    beyond.execute(
        f"""create server back foreign data wrapper dblink_fdw
        options (host '127.0.0.1', port '{beyond.server.port}', dbname '{beyond.name}')""",
        f"create user mapping for public server back options (user 'neondb_owner', password '{OWNER_PASSWORD}')",
        "grant usage on foreign server back to prductr_app",
    )
    expected = "prductr_app may usage on foreign server back, which is not declared"
    through = "select n from dblink('back', 'select count(*) from public.organizations') d (n bigint)"
    with psycopg.connect(beyond.app, autocommit=True) as connection:
        assert connection.execute(through).fetchall() == [(2,)]
        assert "foreign server back" in [each.object for each in findings(connection, beyond.security().checks)]
        assert [each.text for each in beyond.security().differences()] == [expected]
        assert beyond.security().apply(PASSWORDS, tolerated=()).done == (expected,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(through)


def test_grants_to_neon_s_own_services_are_left_alone_but_not_those_to_our_roles(beyond: Database) -> None:
    beyond.execute_as_superuser("create schema neon_auth", "grant usage on schema neon_auth to public")
    assert beyond.security().differences() == []
    beyond.execute_as_superuser("grant usage on schema neon_auth to prductr_app")
    assert [each.text for each in beyond.security().differences()] == [
        "prductr_app may usage on schema neon_auth, which is not declared"
    ]


def test_an_event_trigger_for_changes_of_the_schema_is_named_and_left_alone(beyond: Database) -> None:
    beyond.execute_as_superuser(
        *LOGIN[:-1], "create event trigger watch on ddl_command_end execute function public.named()"
    )
    report = beyond.security().apply(PASSWORDS, tolerated=())
    assert {each.text for each in report.foreign} == {
        "event trigger watch is not declared: ddl_command_end runs public.named()",
        "function named() is not declared (security invoker)",
    }
