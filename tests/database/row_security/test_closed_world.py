"""The reach of the application's roles is enumerated: all else is reported, in every schema, of every owner and kind.

Prevents: a view in a schema with an exempt name, a function that a default calls by number, and an alarm about
objects of a platform or an extension.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import psycopg
import pytest

from components.row_security import RowSecurityProvider
from database.isolation.probe import probe
from database.row_security.checks import findings
from database.row_security.declaration import Declaration
from launch.verify.checks.database import keeps_rules
from tests.database.conftest import PASSWORDS, SQL, A, B, Database, copy, restore_roles
from tests.database.row_security.test_resource import inputs
from tests.database.row_security.worlds import NEON_ROLES, OTHERS, TRUSTED, WORLDS
from tests.releases import RELEASE
from tools.mutation.observation import observe
from tools.mutation.opening import Opening
from tools.mutation.openings import openings

PROVIDER = RowSecurityProvider()
OPENINGS = openings(RELEASE)
SAMPLE = 6
"""Every sixth opening is tried here; `make mutants` tries all."""


@pytest.fixture(scope="module")
def opened(template: Database) -> Iterator[Database]:
    """One database for all openings; each is undone."""
    try:
        yield from copy(template)
    finally:
        restore_roles(template)


def test_r51_there_are_at_least_sixty_openings_of_different_names() -> None:
    assert len({each.name for each in openings(18)}) == len(openings(18)) >= 60


@pytest.mark.parametrize("opening", OPENINGS[::SAMPLE], ids=[each.name for each in OPENINGS[::SAMPLE]])
def test_r51_every_opening_is_reported_and_repaired_or_named(opened: Database, opening: Opening) -> None:
    security = opened.security()
    with psycopg.connect(opened.superuser) as connection:
        observed = observe(connection, opening, Declaration(SQL / "security"), security.checks)
    assert observed.seen, observed.before
    assert observed.settled, (observed.refused, observed.left)


def test_r51_without_an_opening_nothing_is_reported(opened: Database) -> None:
    nothing = Opening("nothing", (), "never said")
    with psycopg.connect(opened.superuser) as connection:
        observed = observe(connection, nothing, Declaration(SQL / "security"), opened.security().checks)
    assert (observed.before, observed.refused, observed.left, observed.seen) == ((), "", (), False)


def test_r52_the_secrets_that_a_definer_function_read_through_a_default_are_out_of_reach_again(
    scratch: Database,
) -> None:
    scratch.execute(
        "create function launch.leak() returns text language sql security definer "
        "as $$ select string_agg(user_id, ',') from public.user_secrets $$",
        "grant execute on function launch.leak() to public",
        "alter table public.projects alter description set default launch.leak()",
    )
    insert = (
        "insert into public.projects (id, organization_id, name, slug) values (%s, %s, 'p', %s) returning description"
    )
    with psycopg.connect(scratch.app) as connection:
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        ((shown,),) = connection.execute(insert, ("r52", A.organization, "r52")).fetchall()
        assert B.user in shown
        connection.rollback()
        assert scratch.security().apply(PASSWORDS, tolerated=()).done == (
            "column projects.description: default is launch.leak(), declared none",
            "public may execute on function launch.leak(), which is not declared",
        )
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        assert connection.execute(insert, ("r52", A.organization, "r52")).fetchall() == [(None,)]


def test_r52_a_view_in_a_schema_of_a_platform_s_name_is_detected_by_all_three_and_closed(scratch: Database) -> None:
    scratch.execute_as_superuser("create role drift_helper", "grant drift_helper to neondb_owner")
    try:
        scratch.execute(
            "create schema pgrst authorization drift_helper",
            "set role drift_helper; grant usage on schema pgrst to public; "
            "grant create on schema pgrst to neondb_owner; reset role",
            "create view pgrst.t as select * from public.tasks",
            "grant select on pgrst.t to prductr_app",
        )
        with psycopg.connect(scratch.app) as connection:
            assert {each.object for each in findings(connection, scratch.security().checks)} == {
                "pgrst.t",
                "schema pgrst",
            }
        assert [each.table for each in probe(scratch.app).crossings] == ["pgrst.t"]
        assert set(scratch.security().apply(PASSWORDS, tolerated=()).done) == {
            "public may usage on schema pgrst, which is not declared",
            "prductr_app may select on pgrst.t, which is not declared",
        }
        assert probe(scratch.app).isolated
    finally:
        scratch.execute_as_superuser("drop owned by drift_helper cascade", "drop role drift_helper")


@pytest.mark.parametrize("world", WORLDS)
def test_r53_objects_of_a_platform_or_a_tool_raise_no_alarm(scratch: Database, world: str) -> None:
    try:
        scratch.execute_as_superuser("; ".join(WORLDS[world]))
        assert_no_alarm(scratch)
    finally:
        for role in NEON_ROLES:
            scratch.execute_as_superuser(
                f"do $$ begin if to_regrole('{role}') is not null then drop owned by {role} cascade; drop role {role}; "
                "end if; end $$"
            )


@pytest.mark.parametrize("schema", ["public", "extensions"])
def test_r53_extensions_raise_no_alarm_whoever_installs_them(scratch: Database, schema: str) -> None:
    scratch.execute(
        f"create schema if not exists {schema}", *(f"create extension {each} schema {schema}" for each in TRUSTED)
    )
    scratch.execute_as_superuser(*(f"create extension {each} schema {schema}" for each in OTHERS))
    assert scratch.security().differences() == []
    assert_no_alarm(scratch)


def assert_no_alarm(database: Database) -> None:
    """Assert that nothing stops the first apply or is drift after it, and that a verification finds nothing."""
    before = [each for each in database.security().differences() if not each.foreign]
    assert before == []
    outs = PROVIDER.create(inputs(database)).outs or {}
    assert PROVIDER.diff("row-security", outs, inputs(database)).changes is False
    assert (PROVIDER.read("row-security", outs).outs or {})["drift"] == []
    assert asyncio.run(keeps_rules(database.app)).startswith(f"{len(database.security().checks)} rules")
