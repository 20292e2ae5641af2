"""R33 to R36: code that runs with somebody else's rights.

Prevents: a view, a function or a trigger that reads all tenants because its owner may.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from database.isolation.session import insert
from database.isolation.tenants import Tenant
from database.row_security.facts import facts as catalog
from database.row_security.facts.facts import Facts
from tests.database.conftest import A, B, Database

DEFINERS = {
    "current_org_id()",
    "writable_org_id()",
    "administered_org_id()",
    "owned_org_id()",
    "current_user_org_ids()",
    "user_id_for_login(text)",
    "admit_call(text)",
    "trim_analytics(interval,integer)",
    "trim_rate_limits(integer)",
    "trim_file_locks(integer)",
    "record_upkeep(text,bigint)",
    "last_upkeep()",
    "fellow_members()",
    *(DEFINER_TRIGGERS := {"founding_ended()", "keep_key()", "keep_id()"}),
}


@pytest.fixture(scope="module")
def facts(secured: Database) -> Facts:
    with psycopg.connect(secured.owner) as connection:
        return catalog.read(connection)


def test_r33_every_view_has_its_reader_s_rights_and_nothing_else_shows_rows(facts: Facts) -> None:
    others = {name: value for name, value in facts.of("relation") if value["kind"] != "table"}
    assert set(others) == {"analytics_daily"}
    assert others["analytics_daily"]["options"] == ["security_barrier=true", "security_invoker=true"]


def test_r33_the_analytics_view_counts_the_reader_s_own_events_only(
    app: psycopg.Connection[Any], act: Callable[[Tenant], None]
) -> None:
    for tenant, event in ((A, "login"), (A, "login"), (B, "signup")):
        act(tenant)
        metadata = f'{{"event": "{event}", "userId": "{tenant.user}"}}'
        row = {"organization_id": tenant.organization, "event_type": "analytics", "cost": 0, "metadata": metadata}
        app.execute(*insert("cost_events", row))
    act(A)
    seen = app.execute("select organization_id, event, events, users from public.analytics_daily").fetchall()
    assert seen == [(A.organization, "login", 2, 1)]


def test_r34_every_function_pins_its_search_path_and_is_not_public(facts: Facts) -> None:
    functions = dict(facts.of("function"))
    assert len(functions) == 37
    assert {tuple(value["settings"]) for value in functions.values()} == {("search_path=pg_catalog, pg_temp",)}
    assert {name for name, _ in facts.of("grant") if name.startswith("function ") and name.endswith("public")} == set()


def test_r34_a_caller_s_table_does_not_shadow_a_table_that_a_function_reads(scratch: Database) -> None:
    scratch.execute(f"grant temporary on database {scratch.name} to prductr_app")  # otherwise it could make none
    with psycopg.connect(scratch.app) as app:
        app.execute("create temporary table organization_members (organization_id text, user_id text, role text)")
        app.execute("insert into organization_members values (%s, %s, 'owner')", (B.organization, A.user))
        app.execute("set local search_path = pg_temp, public")
        assert app.execute("select public.set_context(%s, %s)", (A.user, B.organization)).fetchone() == (None,)


def test_r35_only_listed_functions_run_with_their_owner_s_rights(facts: Facts) -> None:
    assert {name for name, value in facts.of("function") if value["security"] == "definer"} == DEFINERS


def test_r35_listed_functions_serve_only_the_current_user(
    app: psycopg.Connection[Any], act: Callable[[Tenant], None]
) -> None:
    act(A)
    app.execute("select set_config('app.current_org_id', %s, true)", (B.organization,))
    for helper in ("current_org_id", "writable_org_id", "administered_org_id", "owned_org_id"):
        assert app.execute(f"select public.{helper}()").fetchone() == (None,), helper
    assert app.execute("select public.current_user_org_ids()").fetchone() == ([A.organization],)
    address = B.row("users")["email"]
    assert app.execute("select public.user_id_for_login(%s)", (address,)).fetchone() == (B.user,)
    assert app.execute("select count(*) from public.users where email = %s", (address,)).fetchone() == (0,)


def test_r35_machines_work_for_the_organization_that_they_name_and_cannot_administer(secured: Database) -> None:
    with psycopg.connect(secured.service) as connection:
        named = connection.execute("select public.set_context(null, %s)", (A.organization,)).fetchone()
        assert named == (A.organization,)
        assert connection.execute("select organization_id from public.tasks").fetchall() == [(A.organization,)]
        assert connection.execute("select id from public.organizations").fetchall() == [(A.organization,)]
        assert connection.execute("select public.administered_org_id(), public.owned_org_id()").fetchone() == (
            None,
            None,
        )
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="add_member"):
            connection.execute("select public.add_member('x', 'owner')")


def test_r36_nothing_is_leakproof_and_only_listed_triggers_run_with_their_owner_s_rights(
    secured: Database, facts: Facts
) -> None:
    assert not any(value["leakproof"] for _, value in facts.of("function"))
    with psycopg.connect(secured.owner) as connection:
        definers = connection.execute(
            "select distinct t.tgfoid::regprocedure::text from pg_trigger t join pg_proc p on p.oid = t.tgfoid "
            "where not t.tgisinternal and p.prosecdef"
        ).fetchall()
        count = connection.execute("select count(*) from pg_trigger where not tgisinternal").fetchone()
    assert {name for (name,) in definers} == DEFINER_TRIGGERS
    assert count == (50,)
