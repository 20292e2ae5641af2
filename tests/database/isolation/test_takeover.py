"""A database where somebody ran an earlier row security script: same names are taken over, the rest is named.

Prevents: an undeclared policy, joined by OR to ours, that opens a table while everything declared is in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from components.row_security import RowSecurityProvider
from database.errors import UnreachableError
from database.isolation import probe
from database.runner import Runner
from database.security import SecurityError
from tests.database.isolation.conftest import PASSWORDS, SQL, Database, empty
from tests.database.isolation.test_resource import inputs

DRAFT = Path(__file__).with_name("earlier_draft.sql")


@pytest.fixture
def drafted(template: Database) -> Iterator[Database]:
    """Migrated, never secured, with the earlier draft in it; the roles exist on the server since the template."""
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


def test_names_of_ours_are_taken_over_and_harmless_extras_are_left_alone_and_told(drafted: Database) -> None:
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


def test_what_came_after_the_declaration_was_in_force_is_drift_and_goes(drafted: Database) -> None:
    drafted.execute("drop policy projects_everything on public.projects")
    tolerated = [each.mark for each in drafted.security().apply(PASSWORDS).foreign]
    drafted.execute("create policy later on public.tasks using (true)")
    report = drafted.security().apply(PASSWORDS, tolerated=tolerated)
    assert any(text.startswith("policy later on tasks is not declared") for text in report.done)
    assert {each.mark for each in report.foreign} == set(tolerated)


def test_what_would_stop_the_first_update_stops_its_preview_by_name(drafted: Database) -> None:
    (failure,) = RowSecurityProvider().check({}, inputs(drafted)).failures
    assert failure.property == "remove_foreign"
    assert failure.reason.startswith("policy projects_everything on projects is not declared: permissive")
    assert "pulumi config set removeForeignPolicies true" in failure.reason
    assert "organizations_auditors" not in failure.reason


def test_the_preview_of_an_update_that_may_remove_it_and_of_any_later_one_is_not_stopped(drafted: Database) -> None:
    assert RowSecurityProvider().check({}, inputs(drafted) | {"remove_foreign": True}).failures == []
    assert RowSecurityProvider().check(inputs(drafted), inputs(drafted)).failures == []


def test_a_database_that_cannot_be_asked_stops_no_preview_and_that_is_said(
    drafted: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise UnreachableError("no answer", where="postgresql://host/neondb")

    monkeypatch.setattr("database.security.connect", refuse)
    assert RowSecurityProvider().check({}, inputs(drafted)).failures == []
    assert "whether undeclared policies stand in the way is not known" in capsys.readouterr().out
