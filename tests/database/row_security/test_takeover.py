"""A database with an earlier row security script: objects of the same names are taken over, the rest is named.

Prevents: an undeclared policy, joined by OR to ours, that opens a table while everything declared is in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from components.row_security import RowSecurityProvider
from database.isolation.probe import probe
from database.postgres.errors import UnreachableError
from database.row_security.row_security import SecurityError
from database.runner.runner import Runner
from tests.database.conftest import PASSWORDS, SQL, Database, empty
from tests.database.row_security.test_resource import inputs

DRAFT = Path(__file__).with_name("earlier_draft.sql")


@pytest.fixture
def drafted(template: Database) -> Iterator[Database]:
    """A migrated, never secured database with the earlier draft; the roles exist on the server from the template."""
    database = empty(template.server, "drafted")
    try:
        Runner(database.owner, SQL / "migrations").run()
        database.execute(DRAFT.read_text())
        yield database
    finally:
        with psycopg.connect(template.server.uri(), autocommit=True) as connection:
            connection.execute("drop database drafted with (force)")


def test_an_undeclared_policy_that_shows_rows_is_refused_by_name_and_nothing_is_changed(drafted: Database) -> None:
    before = drafted.security().read().fingerprint
    with pytest.raises(SecurityError, match="policy projects_everything on projects is not declared") as refused:
        drafted.security().apply(PASSWORDS)
    assert "organizations_auditors" not in str(refused.value)
    assert drafted.security().read().fingerprint == before


def test_names_of_ours_are_taken_over_and_harmless_extras_are_reported_and_left_alone(drafted: Database) -> None:
    drafted.execute("drop policy projects_everything on public.projects")
    report = drafted.security().apply(PASSWORDS)
    assert {each.key for each in report.foreign} == {
        "function is_member(text)",
        "policy organizations.organizations_auditors",
    }
    assert any("policy tasks_select on tasks: " in text for text in report.done)
    assert any("public may" in text and "on tasks" in text for text in report.done)
    assert probe(drafted.app).isolated
    again = drafted.security().apply(PASSWORDS, tolerated=[each.mark for each in report.foreign])
    assert (again.done, len(again.foreign)) == ((), 2)


def test_on_request_every_extra_policy_and_function_is_removed(drafted: Database) -> None:
    report = drafted.security().apply(PASSWORDS, remove_foreign=True)
    assert report.foreign == ()
    assert drafted.security().differences() == []
    assert probe(drafted.app).isolated


def test_an_object_added_after_the_declaration_is_drift_and_is_removed(drafted: Database) -> None:
    drafted.execute("drop policy projects_everything on public.projects")
    tolerated = [each.mark for each in drafted.security().apply(PASSWORDS).foreign]
    drafted.execute("create policy later on public.tasks using (true)")
    report = drafted.security().apply(PASSWORDS, tolerated=tolerated)
    assert any(text.startswith("policy later on tasks is not declared") for text in report.done)
    assert {each.mark for each in report.foreign} == set(tolerated)


def test_an_obstacle_to_the_first_update_stops_its_preview_by_name(drafted: Database) -> None:
    (failure,) = RowSecurityProvider().check({}, inputs(drafted)).failures
    assert failure.property == "remove_foreign"
    assert failure.reason.startswith("policy projects_everything on projects is not declared: permissive")
    assert "pulumi config set removeForeignPolicies true" in failure.reason
    assert "organizations_auditors" not in failure.reason


def test_the_preview_of_an_update_that_may_remove_it_and_of_any_later_one_is_not_stopped(drafted: Database) -> None:
    assert RowSecurityProvider().check({}, inputs(drafted) | {"remove_foreign": True}).failures == []
    assert RowSecurityProvider().check(inputs(drafted), inputs(drafted)).failures == []


def test_a_database_that_cannot_be_queried_is_reported_and_stops_no_preview(
    drafted: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UnreachableError("no answer", where="postgresql://host/neondb")

    monkeypatch.setattr("database.row_security.row_security.connect", refuse)
    assert RowSecurityProvider().check({}, inputs(drafted)).failures == []
    assert "could not check for undeclared policies in the way" in capsys.readouterr().out


CALLERS = {
    "view public.report": "create view public.report as select public.current_org_id() as organization",
    "materialized view side.copied": (
        "create schema side; "
        "create materialized view side.copied as select public.current_org_id(), * from public.tasks"
    ),
    "default value for column organization of table public.notes": (
        "create table public.notes (organization text default public.current_org_id())"
    ),
    "default value for column organization of table public.kept": (
        "create table public.kept (id int, organization varchar generated always as (public.current_org_id()) stored)"
    ),
    "constraint checked on table public.notes": (
        "create table public.notes "
        "(organization text constraint checked check (organization = public.current_org_id()))"
    ),
    "policy own on table side.notes": (
        "create schema side; create table side.notes (organization text); "
        "create policy own on side.notes using (organization = public.current_org_id())"
    ),
    "view public.behind": (
        "create function public.calling() returns text language sql begin atomic select public.current_org_id(); end; "
        "create view public.behind as select public.calling()"
    ),
}
"""Undeclared objects that call a function of our name."""


@pytest.mark.parametrize("caller", CALLERS)
def test_dependents_of_a_function_that_is_taken_over_are_named_and_not_dropped(drafted: Database, caller: str) -> None:
    drafted.execute("drop policy projects_everything on public.projects")
    drafted.execute("alter function public.current_org_id() immutable", CALLERS[caller])
    before = drafted.security().read().fingerprint
    with pytest.raises(SecurityError) as refused:
        drafted.security().apply(PASSWORDS, remove_foreign=True)
    assert f"function current_org_id() is not the declared one and has to make room, but {caller} needs it" in str(
        refused.value
    )
    assert drafted.security().read().fingerprint == before


def test_a_default_that_calls_such_a_function_is_removed_like_any_undeclared_one(
    drafted: Database,
) -> None:
    drafted.execute(
        "drop policy projects_everything on public.projects",
        "alter table public.projects alter organization_id set default public.current_org_id()",
    )
    report = drafted.security().apply(PASSWORDS)
    assert "column projects.organization_id: default is public.current_org_id(), declared none" in report.done
    assert probe(drafted.app).isolated


def test_a_script_that_gave_our_roles_every_right_on_every_table_leaves_them_the_declared_ones(
    drafted: Database,
) -> None:
    drafted.execute(
        "drop policy projects_everything on public.projects",
        "grant all on all tables in schema public to prductr_app, prductr_service",
    )
    drafted.security().apply(PASSWORDS)
    with psycopg.connect(drafted.service) as connection:
        connection.execute("select id, email from public.users")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select password_hash from public.users")


def test_a_procedure_of_our_name_is_taken_over(drafted: Database) -> None:
    drafted.execute(
        "drop policy projects_everything on public.projects",
        "create procedure public.set_context(user_id text, organization_id text) language sql as 'select 1'",
    )
    drafted.security().apply(PASSWORDS)
    assert probe(drafted.app).isolated
