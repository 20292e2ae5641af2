"""Organizations and their members: rules of creating, promoting, leaving and deleting, by function and by statement.

Prevents: a member who becomes owner unasked or deletes the organization, and an organization without an owner.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel

from database.isolation.session import insert
from database.isolation.tenants import Tenant
from tests.database.conftest import A, B, Database

DENIED = psycopg.errors.InsufficientPrivilege
LAST_OWNER = psycopg.errors.CheckViolation
OUTRUN = psycopg.errors.SerializationFailure
App = psycopg.Connection[Any]
MEMBER, VIEWER, ADMIN = "seed-a-member", "seed-a-users-viewer", "seed-both"


def become(app: App, user: str, organization: str = A.organization) -> None:
    app.execute("select public.set_context(%s, %s)", (user, organization))


def roles(app: App) -> dict[str, str]:
    become(app, A.user)
    return dict(app.execute("select user_id, role from public.organization_members").fetchall())


def test_the_two_inserts_of_today_return_the_organization_and_make_its_creator_the_owner(app: App) -> None:
    become(app, "founder", "")
    row = app.execute(
        "insert into public.organizations (id, name, slug, plan) values ('o', 'O', 'o', default) "
        "returning id, name, plan"
    ).fetchone()
    assert row == ("o", "O", "free")
    owner = "insert into public.organization_members (id, organization_id, user_id, role) values ('m', 'o', %s, %s)"
    for user, role in (("somebody", "owner"), ("founder", "admin")):
        with pytest.raises(DENIED, match="organization_members"), app.transaction():
            app.execute(owner, (user, role))
    assert app.execute(f"{owner} returning id, role", ("founder", "owner")).fetchone() == ("m", "owner")
    become(app, "founder", "o")
    assert app.execute("select user_id, role from public.organization_members").fetchall() == [("founder", "owner")]
    assert app.execute("select public.owned_org_id()").fetchone() == ("o",)
    become(app, "somebody", "o")
    assert app.execute("select count(*) from public.organizations").fetchone() == (0,)


def test_the_function_creates_an_organization_with_an_id_of_its_own(app: App) -> None:
    become(app, "founder", "")
    (made, slug) = app.execute("select id, slug from public.create_organization('Name', 'slug')").fetchone() or ("", "")
    assert (len(made), slug) == (36, "slug")
    assert app.execute("select public.current_user_org_ids()").fetchone() == ([made],)


def test_nobody_creates_an_organization_without_being_signed_in_or_for_somebody_else(app: App) -> None:
    insert = "insert into public.organizations (id, name, slug) values ('o', 'O', 'o')"
    with pytest.raises(DENIED, match="organizations"), app.transaction():
        app.execute(insert)
    become(app, "me", "")
    named = "insert into public.organizations (id, name, slug, founder_id) values ('o', 'O', 'o', 'somebody')"
    with pytest.raises(DENIED, match="organizations"), app.transaction():
        app.execute(named)


def test_a_founder_who_has_left_no_longer_sees_the_organization(app: App) -> None:
    become(app, "founder", "")
    app.execute("select public.create_organization('O', 'o', 'o')")
    become(app, "founder", "o")
    app.execute("select public.add_member('heir', 'owner')")
    app.execute("select public.remove_member('founder')")
    assert app.execute("select count(*) from public.organizations").fetchone() == (0,)


@pytest.mark.parametrize("user", [MEMBER, VIEWER])
def test_a_member_can_neither_gain_a_role_nor_add_remove_or_change_anything(app: App, user: str) -> None:
    become(app, user)
    assert app.execute("select count(*) from public.set_member_role(%s, 'owner')", (user,)).fetchone() == (0,)
    assert app.execute("update public.organization_members set role = 'owner'").rowcount == 0
    assert app.execute("select count(*) from public.remove_member(%s)", (A.user,)).fetchone() == (0,)
    assert app.execute("update public.organizations set name = 'mine'").rowcount == 0
    assert app.execute("select count(*) from public.delete_organization()").fetchone() == (0,)
    assert app.execute("delete from public.organizations").rowcount == 0
    with pytest.raises(DENIED, match="organization_members"), app.transaction():
        app.execute("select public.add_member('friend', 'viewer')")
    assert roles(app)[user] in {"member", "viewer"}


def test_an_admin_manages_members_but_neither_makes_nor_changes_an_owner(app: App) -> None:
    become(app, ADMIN)
    app.execute("select public.add_member('new', 'member')")
    app.execute("select public.set_member_role('new', 'admin')")
    for statement in (
        f"select public.set_member_role('{ADMIN}', 'owner')",
        "select public.set_member_role('new', 'owner')",
        "select public.set_member_role('new', 'emperor')",
        f"select public.set_member_role('{A.user}', 'viewer')",
        f"select public.remove_member('{A.user}')",
        "select public.add_member('other', 'owner')",
    ):
        with pytest.raises(DENIED, match="a member cannot"), app.transaction():
            app.execute(statement)
    assert app.execute("select count(*) from public.remove_member('new')").fetchone() == (1,)
    assert app.execute("select count(*) from public.delete_organization()").fetchone() == (0,)


def test_a_member_may_leave(app: App) -> None:
    become(app, MEMBER)
    assert app.execute("select count(*) from public.remove_member(%s)", (MEMBER,)).fetchone() == (1,)
    assert MEMBER not in roles(app)


def test_the_last_owner_can_neither_leave_nor_step_down_nor_be_moved(app: App) -> None:
    become(app, A.user)
    for statement in (
        f"select public.remove_member('{A.user}')",
        f"select public.set_member_role('{A.user}', 'admin')",
        f"update public.organization_members set user_id = 'nobody' where user_id = '{A.user}'",
    ):
        with pytest.raises(LAST_OWNER, match="last owner"), app.transaction():
            app.execute(statement)
    app.execute("select public.set_member_role(%s, 'owner')", (ADMIN,))
    for all_at_once in (
        "delete from public.organization_members",
        "update public.organization_members set role = 'admin'",
    ):
        with pytest.raises((LAST_OWNER, DENIED), match=r"last owner|higher role"), app.transaction():
            app.execute(f"{all_at_once} where role = 'owner'".encode())
    assert app.execute("select count(*) from public.remove_member(%s)", (A.user,)).fetchone() == (1,)


def test_an_account_may_be_deleted_whatever_it_owns_and_leaves_its_memberships(app: App) -> None:
    become(app, A.user)
    assert app.execute("delete from public.users where id = %s", (A.user,)).rowcount == 1
    assert roles(app)[A.user] == "owner"


@pytest.mark.parametrize("level", list(IsolationLevel)[1:], ids=lambda level: level.name)
@pytest.mark.parametrize("leaving", ["select public.remove_member(%s)", "select public.set_member_role(%s, 'viewer')"])
def test_one_of_two_owners_stays_when_both_leave_or_step_down_at_the_same_moment(
    scratch: Database, leaving: str, level: IsolationLevel
) -> None:
    scratch.execute(f"update public.organization_members set role = 'owner' where user_id = '{ADMIN}'")
    outcomes: list[str] = []

    def leave(user: str, started: threading.Event | None) -> None:
        with psycopg.connect(scratch.app) as connection:
            connection.isolation_level = level
            become(connection, user)
            try:
                if started is None:
                    connection.execute(leaving.encode(), (user,))
                    thread.start()
                    running.wait(30)
                else:
                    started.set()  # its snapshot predates the other one's commit
                    connection.execute(leaving.encode(), (user,))
                connection.commit()
                outcomes.append("left")
            except (LAST_OWNER, OUTRUN):
                outcomes.append("stayed")

    running = threading.Event()
    thread = threading.Thread(target=leave, args=(A.user, running))
    leave(ADMIN, None)
    thread.join(30)
    assert sorted(outcomes) == ["left", "stayed"]
    with psycopg.connect(scratch.owner) as connection:
        owners = "select count(*) from public.organization_members where organization_id = %s and role = 'owner'"
        assert connection.execute(owners, (A.organization,)).fetchone() == (1,)


@pytest.mark.parametrize("level", list(IsolationLevel)[1:], ids=lambda level: level.name)
@pytest.mark.parametrize("owners", [2, 3])
def test_all_owners_but_the_last_can_leave_at_the_same_time(
    scratch: Database, owners: int, level: IsolationLevel
) -> None:
    stays = "" if owners == 2 else VIEWER
    for user in (ADMIN, stays):
        scratch.execute(f"update public.organization_members set role = 'owner' where user_id = '{user}'")
    outcomes: list[str] = []

    def leave(user: str) -> None:
        while True:
            with psycopg.connect(scratch.app) as connection:
                connection.isolation_level = level
                become(connection, user)
                try:
                    connection.execute("select public.remove_member(%s)", (user,))
                    connection.commit()
                    return outcomes.append("left")
                except LAST_OWNER:
                    return outcomes.append("stayed")
                except psycopg.errors.OperationalError as again:
                    outcomes.append(type(again).__name__)

    with psycopg.connect(scratch.owner) as holder, psycopg.connect(scratch.owner, autocommit=True) as observer:
        lock = "select pg_advisory_xact_lock(hashtextextended('organization_members/' || %s, 0))"
        holder.execute(lock, (A.organization,))
        threads = []
        for user in (ADMIN, A.user):  # each has locked its own row, which the other one reads first
            threads.append(threading.Thread(target=leave, args=(user,)))
            threads[-1].start()
            waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
            while observer.execute(waiting).fetchone() != (len(threads),):
                time.sleep(0.01)
        holder.rollback()
        for thread in threads:
            thread.join(30)
    retried = {each for each in outcomes if each not in ("left", "stayed")}
    assert sorted(set(outcomes) - retried) == (["left"] if owners == 3 else ["left", "stayed"])
    allowed = set() if level is IsolationLevel.READ_COMMITTED else {"SerializationFailure"}
    assert retried <= (allowed | ({"DeadlockDetected"} if allowed and owners == 2 else set()))


def test_an_owner_deletes_exactly_its_own_organization_with_all_that_belongs_to_it(
    app: App, act: Callable[[Tenant], None]
) -> None:
    act(A)
    assert app.execute("select id from public.delete_organization()").fetchall() == [(A.organization,)]
    assert app.execute("select count(*) from public.tasks").fetchone() == (0,)
    act(B)
    assert app.execute("select count(*) from public.tasks").fetchone() == (1,)


def test_members_see_each_other_and_users_their_own_memberships_everywhere(app: App) -> None:
    become(app, ADMIN)
    seen = app.execute("select organization_id, user_id from public.organization_members").fetchall()
    assert set(seen) == {(A.organization, user) for user in (A.user, MEMBER, VIEWER, ADMIN)} | {(B.organization, ADMIN)}


def test_a_viewer_reads_everything_and_writes_only_analytics_events_that_cost_nothing(app: App) -> None:
    become(app, VIEWER)
    assert app.execute("select count(*) from public.tasks").fetchone() == (1,)
    assert app.execute("update public.tasks set title = 'x'").rowcount == 0
    with pytest.raises(DENIED, match='policy for table "projects"'), app.transaction():
        app.execute(
            "insert into public.projects (id, organization_id, name, slug) values ('p', %s, 'p', 'p')",
            (A.organization,),
        )
    event = "insert into public.cost_events (organization_id, event_type, cost) values (%s, 'analytics', %s)"
    assert app.execute(event, (A.organization, 0)).rowcount == 1
    with pytest.raises(DENIED, match='policy for table "cost_events"'), app.transaction():
        app.execute(event, (A.organization, -5000))
    spent = A.row("cost_events") | {"id": "spent", "cost": -5000}
    with pytest.raises(DENIED, match='policy for table "cost_events"'), app.transaction():
        app.execute(*insert("cost_events", spent))
    become(app, MEMBER)
    assert app.execute(*insert("cost_events", spent)).rowcount == 1


def test_r49_members_see_names_and_addresses_of_each_other_and_of_nobody_else(app: App) -> None:
    become(app, ADMIN)
    columns = "member_id, name, email, avatar_url"
    seen = app.execute(f"select {columns} from public.fellow_members()").fetchall()
    assert seen == [(A.user, "Probe", f"{A.user}@example.com", None)]  # the only member that has an account here
    whole = app.execute("select * from public.fellow_members()")
    assert [column.name for column in whole.description or ()] == columns.split(", ")
    become(app, ADMIN, B.organization)
    assert app.execute("select member_id from public.fellow_members()").fetchall() == [(B.user,)]
    for user, organization in (("stranger", A.organization), (A.user, B.organization), (A.user, ""), ("", "")):
        become(app, user, organization)
        assert app.execute("select * from public.fellow_members()").fetchall() == []


def test_r49_machines_cannot_list_members(secured: Database) -> None:
    with psycopg.connect(secured.service) as machine:
        machine.execute("select public.set_context(null, %s)", (A.organization,))
        with pytest.raises(DENIED, match="fellow_members"):
            machine.execute("select * from public.fellow_members()")
