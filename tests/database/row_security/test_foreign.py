"""Undeclared objects: tolerated as first seen, named every time, and drift as soon as they change.

Prevents: a harmless policy that was tolerated and then replaced, under its name, by one that opens the table.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from components.row_security import RowSecurityProvider
from database.isolation.probe import probe
from database.postgres.errors import DatabaseError
from tests.database.conftest import A, Database
from tests.database.row_security.test_resource import inputs

PROVIDER = RowSecurityProvider()
AUDITORS = "create policy auditors on public.tasks as restrictive for select using (title <> 'secret')"
PROMOTES = (
    """create function public.promotes() returns trigger language plpgsql set search_path = pg_catalog, pg_temp
    as $$ begin new.role := 'owner'; return new; end $$""",
    "revoke execute on function public.promotes() from public",
    "create trigger zz before update on public.organization_members for each row execute function public.promotes()",
)


def test_a_tolerated_policy_that_is_replaced_under_its_name_is_drift_and_is_removed(
    scratch: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    scratch.execute(AUDITORS)
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    assert PROVIDER.diff("row-security", outs, inputs(scratch)).changes is False
    assert "security: left alone: policy auditors on tasks is not declared: restrictive" in capsys.readouterr().out
    scratch.execute(
        "drop policy auditors on public.tasks",
        "create policy auditors on public.tasks for select to prductr_app using (true)",
    )
    assert PROVIDER.diff("row-security", outs, inputs(scratch)).changes is True
    seen = PROVIDER.read("row-security", outs).outs or {}
    assert [each["text"] for each in seen["drift"]] == [
        "policy auditors on tasks is not declared: permissive, for select to prductr_app using true"
    ]
    repaired = PROVIDER.update("row-security", seen, inputs(scratch)).outs or {}
    assert (repaired["drift"], repaired["foreign"]) == ([], [])
    assert scratch.security().differences() == []
    assert probe(scratch.app).isolated


def test_a_tolerated_object_is_forgotten_when_it_is_gone_and_kept_when_it_has_changed(scratch: Database) -> None:
    scratch.execute("create table public.copies (id text)", AUDITORS)
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    assert [mark.rsplit(" ", 1)[0] for mark in outs["foreign"]] == ["policy tasks.auditors", "relation copies"]
    scratch.execute("drop table public.copies", "alter policy auditors on public.tasks using (title <> 'hidden')")
    seen = PROVIDER.read("row-security", outs).outs or {}
    assert (seen["foreign"], seen["unprotected"]) == (outs["foreign"][:1], [])
    assert [each["text"].partition(":")[0] for each in seen["drift"]] == ["policy auditors on tasks is not declared"]


def test_a_tolerated_grant_that_grows_is_drift_and_is_revoked(scratch: Database, visitor: str) -> None:
    scratch.execute(f"grant select (id) on public.projects to {visitor}")
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    assert len(outs["foreign"]) == 1
    scratch.execute(f"grant select, delete on public.projects to {visitor}")
    seen = PROVIDER.read("row-security", outs).outs or {}
    assert [each["text"] for each in seen["drift"]] == [
        f"{visitor} may delete, select, select(id) on projects, which is not declared"
    ]
    repaired = PROVIDER.update("row-security", seen, inputs(scratch)).outs or {}
    assert repaired["foreign"] == []
    assert scratch.security().differences() == []


def test_a_tolerated_grant_is_drift_and_is_revoked_when_its_role_bypasses_row_security(
    scratch: Database, visitor: str
) -> None:
    scratch.execute(f"grant select on public.projects to {visitor}")
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    assert len(outs["foreign"]) == 1
    scratch.execute_as_superuser(f"alter role {visitor} bypassrls")
    seen = PROVIDER.read("row-security", outs).outs or {}
    assert [each["text"] for each in seen["drift"]] == [
        f"{visitor} may select on projects, which is not declared, and bypasses row security"
    ]
    assert seen["fingerprint"] != outs["fingerprint"]
    assert (PROVIDER.update("row-security", seen, inputs(scratch)).outs or {})["foreign"] == []
    assert scratch.security().differences() == []


@pytest.fixture
def visitor(scratch: Database) -> Iterator[str]:
    """A role that is not ours, for one test."""
    scratch.execute_as_superuser("create role foreign_visitor")
    yield "foreign_visitor"
    scratch.execute_as_superuser("drop owned by foreign_visitor", "drop role foreign_visitor")


def test_an_unknown_table_is_named_by_every_preview_refresh_and_update_and_kept_in_an_output(
    scratch: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    scratch.execute("create table public.loose (id int, secret text)")
    outs = PROVIDER.update("row-security", PROVIDER.read("row-security", outs).outs or {}, inputs(scratch)).outs or {}
    expected = "security: left alone: table loose is not declared and unprotected"
    assert expected in capsys.readouterr().out
    for _ in range(2):
        assert PROVIDER.diff("row-security", outs, inputs(scratch)).changes is False
        assert expected in capsys.readouterr().out
        outs = PROVIDER.read("row-security", outs).outs or {}
        assert expected in capsys.readouterr().out
        assert (outs["unprotected"], outs["drift"]) == (["loose"], [])
    scratch.execute("drop table public.loose")
    assert (PROVIDER.read("row-security", outs).outs or {})["unprotected"] == []


def test_an_undeclared_trigger_on_a_declared_table_is_drift_and_removed_but_its_function_stays(
    scratch: Database,
) -> None:
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    scratch.execute(*PROMOTES)
    outs = PROVIDER.update("row-security", PROVIDER.read("row-security", outs).outs or {}, inputs(scratch)).outs or {}
    assert [mark.rsplit(" ", 1)[0] for mark in outs["foreign"]] == ["function promotes()"]
    with psycopg.connect(scratch.app) as connection:
        connection.execute("select public.set_context('seed-both', %s)", (A.organization,))
        touch = "update public.organization_members set invited_at = now() where user_id = 'seed-both' returning role"
        assert connection.execute(touch).fetchall() == [("admin",)]


def test_an_undeclared_trigger_stops_the_first_apply_of_the_declaration(scratch: Database) -> None:
    scratch.execute(*PROMOTES)
    with pytest.raises(DatabaseError, match="trigger zz on organization_members is not declared: CREATE TRIGGER"):
        PROVIDER.create(inputs(scratch))
    made = PROVIDER.create(inputs(scratch) | {"remove_foreign": True}).outs or {}
    assert made["foreign"] == []


def test_objects_of_an_undeclared_table_are_left_to_its_owner(scratch: Database) -> None:
    scratch.execute(
        *PROMOTES[:2],
        "create table public.loose (role text check (role <> ''))",
        "create policy loose_all on public.loose as restrictive to prductr_app using (true)",
        "create trigger zz before insert on public.loose for each row execute function public.promotes()",
    )
    outs = PROVIDER.create(inputs(scratch)).outs or {}
    kept = ["function promotes()", "policy loose.loose_all", "relation loose", "trigger loose.zz"]
    assert [mark.rsplit(" ", 1)[0] for mark in outs["foreign"]] == kept
    outs = PROVIDER.update("row-security", outs | {"foreign": []}, inputs(scratch)).outs or {}
    assert [mark.rsplit(" ", 1)[0] for mark in outs["foreign"]] == kept
