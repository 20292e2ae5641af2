"""R46 to R48: the acting user's current role counts, and a pooled connection passes on nothing that hides a table.

Prevents: an admin or owner who was removed a moment ago and still acts in an open transaction; a right that outlives
its purpose; a temporary table that receives the next tenant's rows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel

from tests.database.conftest import PASSWORDS, A, B, Database

App = psycopg.Connection[Any]
ADMIN, VIEWER = "seed-both", "seed-a-users-viewer"
DENIED = psycopg.errors.InsufficientPrivilege
OUTRUN = psycopg.errors.SerializationFailure
LEVELS = list(IsolationLevel)[1:]

ACTS = {
    "adds a member": "select public.add_member('new', 'admin')",
    "adds one by a plain statement": "insert into public.organization_members (id, organization_id, user_id) "
    f"values ('new', '{A.organization}', 'new')",
    "promotes": f"select public.set_member_role('{VIEWER}', 'admin')",
    "removes": f"select public.remove_member('{VIEWER}')",
    "renames the organization": "update public.organizations set name = 'taken'",
    "takes its keys": "update public.organizations set api_keys = '[]'",
    "deletes the organization": "select public.delete_organization()",
    "deletes it by a plain statement": "delete from public.organizations",
}
LOSSES = {
    "removed": "delete from public.organization_members where user_id = %s and organization_id = %s",
    "demoted": "update public.organization_members set role = 'viewer' where user_id = %s and organization_id = %s",
}


@contextmanager
def session(database: Database, user: str, level: IsolationLevel) -> Iterator[App]:
    """The application within A, its snapshot taken."""
    with psycopg.connect(database.app) as connection:
        connection.isolation_level = level
        connection.execute("select public.set_context(%s, %s)", (user, A.organization))
        yield connection


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("act", ACTS)
def test_r46_a_member_who_has_lost_a_role_cannot_use_it(
    scratch: Database, act: str, loss: str, level: IsolationLevel
) -> None:
    scratch.execute(f"update public.organization_members set role = 'owner' where user_id = '{ADMIN}'")
    with session(scratch, ADMIN, level) as acting, session(scratch, A.user, IsolationLevel.READ_COMMITTED) as other:
        assert acting.execute("select public.owned_org_id()").fetchone() == (A.organization,)
        assert other.execute(LOSSES[loss].encode(), (ADMIN, A.organization)).rowcount == 1
        other.commit()
        try:
            rows = acting.execute(ACTS[act].encode()).rowcount
            acting.commit()
        except (OUTRUN, DENIED):
            rows = 0
            acting.rollback()
    assert rows == 0 or (rows == 1 and "select" in ACTS[act])  # a call returns a row, and does nothing
    with psycopg.connect(scratch.owner) as owner:
        left = "select count(*), max(name) from public.organizations where id = %s"
        assert owner.execute(left, (A.organization,)).fetchone() == (1, "Probe")
        members = owner.execute(
            "select user_id, role from public.organization_members where organization_id = %s and user_id <> %s",
            (A.organization, ADMIN),
        ).fetchall()
    assert dict(members) == {A.user: "owner", "seed-a-member": "member", VIEWER: "viewer"}


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
@pytest.mark.parametrize("act", ["renames the organization", "adds one by a plain statement", "removes"])
def test_r46_a_member_who_is_losing_a_role_cannot_use_it(scratch: Database, act: str, level: IsolationLevel) -> None:
    reported: list[str] = []
    with session(scratch, ADMIN, level) as acting, session(scratch, A.user, IsolationLevel.READ_COMMITTED) as other:
        other.execute(LOSSES["demoted"].encode(), (ADMIN, A.organization))

        def late() -> None:
            try:
                acting.execute(ACTS[act].encode())
                reported.append("done")
            except psycopg.Error as error:
                reported.append(error.sqlstate or "")

        thread = threading.Thread(target=late)
        thread.start()
        waiting = "select count(*) from pg_locks where not granted and pid = %s"
        with psycopg.connect(scratch.owner, autocommit=True) as observer:
            while thread.is_alive() and observer.execute(waiting, (acting.info.backend_pid,)).fetchone() != (1,):
                time.sleep(0.01)
        other.commit()
        thread.join(30)
    assert reported[0] in {"42501", "40001"}


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.name)
def test_r46_a_member_who_keeps_a_role_is_not_delayed(scratch: Database, level: IsolationLevel) -> None:
    with session(scratch, ADMIN, level) as acting:
        assert acting.execute(ACTS["renames the organization"].encode()).rowcount == 1
        assert acting.execute(ACTS["adds a member"].encode()).rowcount == 1
        acting.commit()
    with session(scratch, A.user, level) as acting:
        assert acting.execute(ACTS["deletes it by a plain statement"].encode()).rowcount == 1
        acting.commit()


def test_r47_nobody_makes_a_temporary_table_that_the_next_user_of_a_connection_would_find(app: App) -> None:
    for what in ("table tasks (id text)", "view tasks as select 1 as id", "sequence tasks"):
        with pytest.raises(DENIED, match="temporary"), app.transaction():
            app.execute(f"create temporary {what}".encode())
    with pytest.raises(DENIED, match="temporary"), app.transaction():
        app.execute("create function pg_temp.one() returns integer language sql return 1")


@pytest.mark.parametrize("role", ["public", "prductr_app", "prductr_service"])
def test_r47_the_right_to_make_temporary_tables_is_drift_and_revoked(scratch: Database, role: str) -> None:
    scratch.execute(f"grant temporary on database {scratch.name} to {role}")
    security = scratch.security()
    reported = [each.text for each in security.differences()]
    assert reported == [f"{role} may TEMPORARY on this database, which is not declared"] or reported == [
        f"{role} may temporary on this database, which is not declared"
    ]
    assert security.apply(PASSWORDS, tolerated=()).done == tuple(reported)
    assert security.differences() == []


def test_r47_a_database_that_was_never_secured_is_open_and_an_apply_closes_it(scratch: Database) -> None:
    """Its rights are PostgreSQL's defaults, which are stored nowhere."""
    scratch.execute_as_superuser(
        f"update pg_database set datacl = null where datname = '{scratch.name}'"  # as CREATE DATABASE leaves it
    )
    security = scratch.security()
    assert len(security.differences()) == 1
    security.apply(PASSWORDS, tolerated=())
    with psycopg.connect(scratch.app) as app, pytest.raises(DENIED, match="temporary"):
        app.execute("create temporary table tasks (id text)")


def test_r48_the_founding_ends_with_the_first_owner_whoever_makes_it(scratch: Database) -> None:
    founded = "select founder_id from public.organizations where id = %s"
    scratch.execute(
        "insert into public.organizations (id, name, slug, founder_id) values ('n', 'n', 'n', 'founder')",
        "insert into public.organization_members (id, organization_id, user_id, role) values ('n', 'n', 'x', 'admin')",
    )
    with psycopg.connect(scratch.owner) as owner:
        assert owner.execute(founded, ("n",)).fetchone() == ("founder",)
        owner.execute("update public.organization_members set role = 'owner' where id = 'n'")
        assert owner.execute(founded, ("n",)).fetchone() == ("founder",)
        owner.execute("insert into public.organization_members values ('o', 'n', 'y', 'owner')")
        assert owner.execute(founded, ("n",)).fetchone() == (None,)


def test_r48_nobody_can_call_the_function_that_ends_the_founding(app: App, secured: Database) -> None:
    before = "select xmin::text, xmax::text from public.organizations where id = %s"
    with psycopg.connect(secured.owner) as owner:
        seen = owner.execute(before, (B.organization,)).fetchone()
        for call in ("end_founding('seed-b-organizations')", "founding_ended()"):
            with pytest.raises(psycopg.Error) as refused, app.transaction():
                app.execute(f"select public.{call}".encode())
            assert refused.value.sqlstate in {"42883", "0A000", "42501"}
        assert owner.execute(before, (B.organization,)).fetchone() == seen
