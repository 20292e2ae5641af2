"""Drift: each way to weaken isolation behind the stack's back is reported and repaired.

Prevents: a comparison by name, which misses a changed predicate, and a repair that only claims success.
"""

# ruff: noqa: E501 -- a statement and its sentence are easier to compare on one line each

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from database.isolation.probe import probe
from database.row_security.facts import facts as catalog
from database.row_security.facts.difference import Need
from database.row_security.row_security import SecurityError
from tests.database.conftest import PASSWORDS, A, B, Database, copy, restore_roles
from tests.database.row_security.drifts import DRIFT
from tests.releases import since

UNDO = ("drop role if exists drift_bypass, drift_member",)


@pytest.fixture(scope="module")
def drifting(template: Database) -> Iterator[Database]:
    """One database for all tests; each asserts that it leaves the database as it was."""
    try:
        yield from copy(template)
    finally:
        restore_roles(template)


@pytest.mark.parametrize(("statement", "expected"), DRIFT, ids=[statement[:60] for statement, _ in DRIFT])
def test_each_drift_is_reported_and_repaired(drifting: Database, statement: str, expected: str) -> None:
    security = drifting.security()
    before = security.read().fingerprint
    drifting.execute(statement)
    (found,) = (each for each in security.differences() if each.text == expected)
    assert (found.needs, found.security) == (Need.UPDATE, True)
    assert security.read().fingerprint != before
    report = security.apply(PASSWORDS, tolerated=())
    assert expected in report.done
    assert security.differences() == []
    assert report.facts.fingerprint == security.read().fingerprint == before
    drifting.execute(*UNDO)


def test_all_drifts_together_are_repaired_in_one_transaction(scratch: Database) -> None:
    together = [each for each in DRIFT if "disable row level" not in each[0] and "owner to" not in each[0]]
    scratch.execute(*(statement for statement, _ in together))
    try:
        report = scratch.security().apply(PASSWORDS, tolerated=())
    finally:
        scratch.execute(*UNDO)
    assert {reported.split(", declared")[0] for _, reported in together[-6:]} <= {
        each.split(", declared")[0] for each in report.done
    }
    assert len(report.done) >= len(together) - 2  # two of them are one function
    assert scratch.security().differences() == []
    assert probe(scratch.app).isolated


def test_an_apply_with_nothing_to_do_reports_that_and_locks_no_table(scratch: Database) -> None:
    with psycopg.connect(scratch.superuser) as holder:
        holder.execute("lock table public.tasks, public.users in access share mode")
        assert scratch.security().apply(PASSWORDS, tolerated=()).done == ()


def test_an_unknown_table_is_reported_as_unprotected_and_its_grants_are_revoked(scratch: Database) -> None:
    scratch.execute("create table public.loose (id int)", "grant select on public.loose to prductr_app, public")
    reported = {each.text for each in scratch.security().differences()}
    assert "table loose is not declared and unprotected" in reported
    report = scratch.security().apply(PASSWORDS, tolerated=())
    assert [each.text for each in report.foreign] == ["table loose is not declared and unprotected"]
    assert "prductr_app may select on loose, which is not declared" in report.done
    assert "public may select on loose, which is not declared" in report.done


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("alter role prductr_app superuser", "role prductr_app holds SUPERUSER, and this role may not repair it"),
        pytest.param(
            "grant pg_read_all_data to prductr_app",
            "role prductr_app is a member of pg_read_all_data, and this role may not",
            marks=since(16, "memberships that a role with CREATEROLE may not revoke"),
        ),
        ("alter role prductr_app set app.current_org_id = 'x'", "prductr_app starts with app.current_org_id = x"),
        (
            "alter table public.tasks owner to postgres",
            "table tasks belongs to postgres instead of the database's owner",
        ),
    ],
)
def test_drift_that_this_role_cannot_repair_rolls_everything_back_and_is_named(
    scratch: Database, statement: str, expected: str
) -> None:
    scratch.execute("drop policy users_delete on public.users")
    scratch.execute_as_superuser(statement)
    with pytest.raises(SecurityError) as refused:
        scratch.security().apply(PASSWORDS, tolerated=())
    assert str(refused.value).startswith(expected)
    assert "policy users_delete on users is missing" in {each.text for each in scratch.security().differences()}


def test_a_finding_of_a_check_rolls_the_apply_back(scratch: Database) -> None:
    scratch.execute(
        "create unique index projects_root_idx on public.projects (root_path)",
        "drop policy tasks_delete on public.tasks",
    )
    with pytest.raises(SecurityError, match=r"projects_root_idx: a value is unique in all of projects \(unique_keys\)"):
        scratch.security().apply(PASSWORDS, tolerated=())
    assert "policy tasks_delete on tasks is missing" in {each.text for each in scratch.security().differences()}


@pytest.mark.parametrize(
    "slow",
    [
        "alter table public.tasks set (autovacuum_enabled = off)",
        "drop index public.agents_organization_id_idx",
        # An index has this flag while it is built, and after an aborted build.
        """create index later on public.tasks (title);
        update pg_index set indisvalid = false where indexrelid = 'public.later'::regclass""",
    ],
)
def test_a_finding_about_speed_blocks_no_repair(scratch: Database, slow: str) -> None:
    scratch.execute_as_superuser(slow)
    scratch.execute("drop policy tasks_delete on public.tasks")
    assert scratch.security().apply(PASSWORDS, tolerated=()).done == ("policy tasks_delete on tasks is missing",)


def test_an_invalid_unique_key_is_rebuilt(scratch: Database) -> None:
    invalid = "update pg_index set indisvalid = false where indexrelid = 'public.users_email_unique'::regclass"
    scratch.execute_as_superuser(invalid)
    assert scratch.security().apply(PASSWORDS, tolerated=()).done == (
        "unique key users_email_unique on users is not valid",
    )
    assert scratch.security().differences() == []


@pytest.mark.parametrize(
    ("rename", "key"),
    [
        (
            "alter table public.organizations rename constraint organizations_pkey to organizations_pk",
            "organizations_pkey",
        ),
        ("alter index public.projects_organization_id_id_key rename to later", "projects_organization_id_id_key"),
        ("alter table public.users rename constraint users_email_unique to later", "users_email_unique"),
    ],
)
def test_a_renamed_unique_key_gets_its_name_back_with_its_dependents(scratch: Database, rename: str, key: str) -> None:
    scratch.execute(rename, "drop policy users_delete on public.users")
    done = scratch.security().apply(PASSWORDS, tolerated=()).done
    assert any(text.startswith(f"unique key {key} on ") for text in done)
    assert "policy users_delete on users is missing" in done
    assert scratch.security().differences() == []


def test_a_unique_key_violated_by_rows_is_named_and_nothing_is_changed(scratch: Database) -> None:
    scratch.execute(
        "alter table public.users drop constraint users_email_unique", "drop policy users_delete on public.users"
    )
    with psycopg.connect(scratch.app) as connection:
        connection.execute("select public.set_context(%s, '')", (A.user,))
        connection.execute("update public.users set email = %s", (B.row("users")["email"],))
    with pytest.raises(SecurityError, match=r"users_email_unique.*23505.*remove duplicates"):
        scratch.security().apply(PASSWORDS, tolerated=())
    assert "policy users_delete on users is missing" in {each.text for each in scratch.security().differences()}


def test_an_undeclared_unique_key_is_named_and_left_alone(scratch: Database) -> None:
    scratch.execute("create unique index more on public.tasks (organization_id, title)")
    reported = "unique key more on tasks is not declared: CREATE UNIQUE INDEX more ON public.tasks USING btree (organization_id, title)"
    assert [each.text for each in scratch.security().apply(PASSWORDS, tolerated=()).foreign] == [reported]


def test_an_undeclared_exclusion_is_named_and_stops_an_apply_like_a_unique_key_across_tenants(
    scratch: Database,
) -> None:
    scratch.execute("alter table public.projects add constraint alone exclude (id with =)")
    assert [each.text for each in scratch.security().differences()] == ["constraint alone on projects is not declared"]
    with pytest.raises(SecurityError, match=r"alone: a value is unique in all of projects \(unique_keys\)"):
        scratch.security().apply(PASSWORDS, tolerated=())


@since(18, "NOT NULL … NOT VALID")
def test_an_unvalidated_not_null_does_not_count_and_is_repaired(scratch: Database) -> None:
    scratch.execute(
        "alter table public.tasks alter organization_id drop not null",
        "alter table public.tasks add constraint later not null organization_id not valid",
    )
    reported = "column tasks.organization_id: not_null is False, declared True"
    assert scratch.security().apply(PASSWORDS, tolerated=()).done == (reported,)
    assert scratch.security().differences() == []


def test_drift_that_no_update_repairs_names_a_migration_or_a_person(scratch: Database) -> None:
    scratch.execute(
        "drop table public.file_conflicts cascade",
        "alter table public.escalations drop column organization_id cascade",
        "create table public.loose (id int primary key)",
        "alter table public.tasks add constraint titled check (title <> '')",
        "grant prductr_app to current_user; grant create on schema public to prductr_app; set role prductr_app; "
        "create view public.owned as select 1 as one; reset role",
    )
    needs = {each.key: (each.needs.value, each.security) for each in scratch.security().differences()}
    assert needs["relation file_conflicts"] == needs["column escalations.organization_id"] == ("migration", True)
    assert needs["role prductr_app"] == needs["relation loose"] == ("person", True)
    assert needs["constraint tasks.titled"] == ("person", False)


def test_a_missing_table_requires_the_migrations(scratch: Database) -> None:
    scratch.execute("drop table public.escalations cascade")
    with pytest.raises(SecurityError, match="table escalations is missing: run the migrations"):
        scratch.security().apply(PASSWORDS, tolerated=())


def test_a_table_locked_by_the_application_is_secured_once_the_lock_is_released(scratch: Database) -> None:
    scratch.execute("drop policy tasks_delete on public.tasks")
    output: list[str] = []
    with psycopg.connect(scratch.superuser) as holder:
        holder.execute("select * from public.tasks")

        def report(text: str) -> None:
            output.append(text)
            holder.rollback()

        security = scratch.security()
        retrying = type(security)(**{**security.__dict__, "report": report})
        assert retrying.apply(PASSWORDS, tolerated=()).done == ("policy tasks_delete on tasks is missing",)
    assert len(output) == 1
    assert "a lock was not free in time" in output[0]


def test_reading_takes_two_statements_whatever_the_number_of_tables(secured: Database) -> None:
    with psycopg.connect(secured.owner) as connection:
        connection.execute("select 1")  # the transaction has begun
        sent: list[object] = []
        execute = connection.execute
        connection.execute = lambda query, *rest, **named: sent.append(query) or execute(query, *rest, **named)  # type: ignore[method-assign,func-returns-value]
        facts = catalog.read(connection)
    assert len(sent) == 2
    assert facts.summary()["policies"] == 60


def test_the_committed_facts_match_the_files(secured: Database) -> None:
    assert secured.security().declaration.facts.to_json() == secured.security().read().to_json()
