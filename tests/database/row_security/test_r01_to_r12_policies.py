"""R01 to R12: the catalog's entries about tables and policies.

Prevents: a table nobody thought of, a policy for everybody, a predicate that is always true, a context that is compared
as '' instead of NULL, and a function evaluated for each row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from database.isolation.tenants import TABLES, Tenant
from database.row_security.facts import facts as catalog
from database.row_security.facts.facts import Facts
from tests.database.conftest import A, B, Database

COMMANDS = ("select", "insert", "update", "delete")
CONTEXT = (
    r"\( SELECT public\.(current_org_id|writable_org_id|administered_org_id|owned_org_id|current_user_id)\(\) AS \w+\)"
)
INTERNAL = {"rate_limits", "rate_limit_plans", "upkeep_jobs"}
"""Tables that only functions reach: without a policy and without a grant (R30)."""
OWN_COLUMN = rf"\((id|organization_id|user_id)\)::text = {CONTEXT}"


@pytest.fixture(scope="module")
def facts(secured: Database) -> Facts:
    with psycopg.connect(secured.owner) as connection:
        return catalog.read(connection)


def test_r01_every_table_has_row_security_enabled_and_forced(facts: Facts) -> None:
    tables = {name: value for name, value in facts.of("relation") if value["kind"] == "table"}
    assert len(tables) == len(TABLES) + len(INTERNAL)
    assert {name for name, value in tables.items() if not (value["row_security"] and value["forced"])} == set()


def test_r02_exactly_the_declared_tables_exist(facts: Facts) -> None:
    assert {name for name, value in facts.of("relation") if value["kind"] == "table"} == {*TABLES, *INTERNAL}


def test_r03_every_row_names_its_organization_except_global_agents_and_events_before_one_exists(facts: Facts) -> None:
    columns = {name: value["not_null"] for name, value in facts.of("column") if name.endswith(".organization_id")}
    assert len(columns) == 12
    assert {name for name, not_null in columns.items() if not not_null} == {
        "agents.organization_id",
        "cost_events.organization_id",
    }


def test_r04_and_r05_each_role_has_exactly_one_permissive_policy_for_each_command(facts: Facts) -> None:
    policies = dict(facts.of("policy"))
    assert len(policies) == 60
    assert all(value["permissive"] for value in policies.values())
    found = {(name.split(".")[0], value["command"]) for name, value in policies.items()}
    assert found == {(table, command) for table in TABLES for command in COMMANDS}


def test_r06_every_policy_names_the_two_roles_and_never_public(facts: Facts) -> None:
    roles = {tuple(value["roles"]) for _, value in facts.of("policy")}
    assert roles == {("prductr_app", "prductr_service")}


def test_r07_every_write_is_checked_and_updates_check_the_same_condition_that_they_read_by(facts: Facts) -> None:
    for name, value in facts.of("policy"):
        if value["command"] == "update":
            assert value["check"] == value["using"] is not None, name
        if value["command"] == "insert":
            assert value["check"] is not None, name
            assert value["using"] is None, name


def test_r08_no_predicate_is_always_true_or_opens_without_a_context(facts: Facts) -> None:
    for name, value in facts.of("policy"):
        for predicate in filter(None, (value["using"], value["check"])):
            assert not re.search(r"\btrue\b|1 = 1|\) IS NULL", predicate), name


def test_r09_every_predicate_compares_a_column_of_its_table_and_queries_no_other(
    secured: Database, facts: Facts
) -> None:
    plain = {name for name, value in facts.of("policy") if _is_one_equality(value)}
    assert {name for name, _ in facts.of("policy")} - plain == {
        "agents.agents_select",
        "cost_events.cost_events_insert",
        "organization_members.organization_members_select",
        "organization_members.organization_members_delete",
        "organization_members.organization_members_insert",
        "organizations.organizations_select",
        "organizations.organizations_insert",
    }
    with psycopg.connect(secured.owner) as connection:
        others = connection.execute(
            "select count(*) from pg_depend d join pg_policy p on p.oid = d.objid "
            "where d.classid = 'pg_policy'::regclass "
            "and d.refclassid = 'pg_class'::regclass and d.refobjid <> p.polrelid"
        ).fetchone()
    assert others == (0,)


def _is_one_equality(policy: catalog.Value) -> bool:
    return all(re.fullmatch(rf"\({OWN_COLUMN}\)", each) for each in (policy["using"], policy["check"]) if each)


@pytest.mark.parametrize("table", TABLES)
def test_r10_the_context_is_evaluated_once_per_statement(
    app: psycopg.Connection[Any], act: Callable[[Tenant], None], table: str
) -> None:
    act(A)
    for statement in (
        f"select * from public.{table}",
        f"update public.{table} set id = id",
        f"delete from public.{table}",
    ):
        assert evaluated_for_each_row(app, statement) == [], statement


def test_r10_a_context_evaluated_for_each_row_is_detected(scratch: Database) -> None:
    unwrapped = "id = any (public.current_user_org_ids()) or founder_id = (select public.current_user_id())"
    scratch.execute(f"alter policy organizations_select on public.organizations using ({unwrapped})")
    with psycopg.connect(scratch.app) as connection:
        connection.execute("select public.set_context(%s, %s)", (A.user, A.organization))
        (line,) = evaluated_for_each_row(connection, "select * from public.organizations")
    assert "current_user_org_ids()" in line


def evaluated_for_each_row(connection: psycopg.Connection[Any], statement: str) -> list[str]:
    """Return the plan's conditions that call the context themselves. The plan must have computed it before, once."""
    plan = [row[0] for row in connection.execute(f"explain verbose {statement}".encode())]
    assert any("InitPlan" in line for line in plan)
    conditions = [line for line in plan if "Filter:" in line or "Cond:" in line]
    assert conditions
    return [line for line in conditions if re.search(r"_ids?\(\)", line)]


def test_r11_the_context_is_read_in_one_spelling(facts: Facts) -> None:
    spelling = re.compile(r"nullif\(current_setting\('app\.current_(?:org|user)_id', true\), ''\)")
    own = "current_setting('transaction_isolation')"  # no context
    definitions = {name: value["definition"].replace(own, "") for name, value in facts.of("function")}
    readers = {name: definition for name, definition in definitions.items() if "current_setting" in definition}
    assert len(readers) == 9
    for name, definition in readers.items():
        assert definition.count("current_setting") == len(spelling.findall(definition)), name


def test_r12_helpers_are_stable_and_a_prepared_statement_follows_the_context(
    app: psycopg.Connection[Any], act: Callable[[Tenant], None], facts: Facts
) -> None:
    helpers = {"current_user_id", "current_org_id", "writable_org_id", "administered_org_id", "owned_org_id"}
    volatility = {name.split("(")[0]: value["volatility"] for name, value in facts.of("function")}
    assert {volatility[helper] for helper in helpers | {"current_user_org_ids"}} == {"stable"}
    app.execute("set local plan_cache_mode = force_generic_plan")
    app.execute("prepare mine as select organization_id from public.tasks")
    for tenant in (A, B, A):
        act(tenant)
        assert app.execute("execute mine").fetchall() == [(tenant.organization,)]
    app.execute("deallocate mine")
