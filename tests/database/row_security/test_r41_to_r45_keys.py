"""R41 to R45: a key that crosses tenants reveals that it is taken, and nothing about its row.

Prevents: `insert … on conflict … do update … where`, whose condition PostgreSQL evaluates on the conflicting row before
any policy: an error, a number of rows, a setting or a lock would reveal the row's values.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from database.isolation.session import insert
from database.isolation.tenants import HARMLESS_COLUMN, TABLES, Tenant
from tests.database.conftest import SHARED_AGENT, A, B, Database

App = psycopg.Connection[Any]
TAKEN, DENIED = psycopg.errors.UniqueViolation, psycopg.errors.InsufficientPrivilege

KEYS = [("users", "email"), ("organizations", "id"), ("organizations", "slug"), ("agent_instances", "session_id")]
KEYS += [(table, "id") for table in TABLES if table not in {"users", "organizations"}]
"""Every key that is unique in a whole table and that the application may insert."""

MACHINES = [(table, key) for table, key in KEYS if table not in {"users", "organizations", "organization_members"}]
MACHINES = [(table, key) for table, key in MACHINES if table != "user_secrets"]

CONDITIONS = (
    "{table}.id::integer = 1",  # an error with the row's value in it
    "{table}.id like 'seed-b%%'",  # 42501 if it is true, no row if it is not
    "{table}.id like 'other%%'",
    "set_config('app.seen', to_jsonb({table})::text, false) is null",  # stores the row, and looks as if there were none
    "pg_advisory_lock(ascii({table}.id)) is null",
    "exists (select from public.tasks where to_jsonb({table})::text like '%%probe%%')",
)


def fresh(table: str, tenant: Tenant = A) -> dict[str, object]:
    """Return a row of the tenant that conflicts with nothing."""
    row = tenant.row(table, agent=SHARED_AGENT) | {"id": "fresh"}
    if table == "organization_members":
        row |= {"user_id": "fresh"}
    elif table == "users":
        row |= {"id": tenant.user, "email": "fresh@example.com"}
    elif table == "organizations":
        row |= {"slug": "fresh"}
    elif table == "agent_instances":
        row |= {"session_id": "fresh"}
    return row


def upsert(table: str, key: str, condition: str, tail: str = "") -> tuple[bytes, list[object]]:
    statement, values = insert(table, fresh(table) | {key: B.row(table)[key]})
    where = condition.format(table=table)
    column = HARMLESS_COLUMN[table]
    return statement + f" on conflict ({key}) do update set {column} = default where {where} {tail}".encode(), values


def answer(connection: App, statement: bytes, values: list[object]) -> tuple[str | None, ...]:
    """Return everything that the statement reveals: SQLSTATE, message, detail, hint, constraint; and its effects."""
    with pytest.raises(psycopg.Error) as refused, connection.transaction():
        connection.execute(statement, values)
    reported = refused.value.diag
    left = connection.execute("select current_setting('app.seen', true)").fetchone()
    assert left in [(None,), ("",)]
    return (
        reported.sqlstate,
        reported.message_primary,
        reported.message_detail,
        reported.message_hint,
        reported.constraint_name,
    )


@pytest.fixture(params=["first", "later"])
def app(secured: Database, request: pytest.FixtureRequest) -> Iterator[App]:
    """The application in a transaction that has or has not written before; rolled back."""
    with psycopg.connect(secured.app) as connection:
        if request.param == "later":
            connection.execute("select pg_current_xact_id()")
        yield connection
        connection.rollback()


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_r41_an_upsert_behaves_like_a_plain_insert_whatever_its_condition_says_of_another_s_row(
    app: App, table: str, key: str
) -> None:
    app.execute("select public.set_context(%s, %s)", (A.user, A.organization))
    plain = answer(app, *insert(table, fresh(table) | {key: B.row(table)[key]}))
    assert plain[0] == "23505"
    assert plain[2] is None
    answers = {answer(app, *upsert(table, key, each)) for each in CONDITIONS}
    assert answers == {plain}
    assert {answer(app, *upsert(table, key, "true", f"returning to_jsonb({table})"))} == {plain}
    held = "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and objid < 256"
    assert app.execute(f"{held} and classid = 0").fetchone() == (0,)


@pytest.mark.parametrize(("table", "key"), MACHINES)
def test_r41_a_machine_s_upsert_behaves_like_a_plain_insert(secured: Database, table: str, key: str) -> None:
    with psycopg.connect(secured.service) as machine:
        machine.execute("select public.set_context(null, %s)", (A.organization,))
        machine.commit()
        for each in CONDITIONS:
            with machine.transaction(force_rollback=True):
                machine.execute("select public.set_context(null, %s)", (A.organization,))
                assert answer(machine, *upsert(table, key, each))[0] == "23505"


def test_r41_every_unique_key_that_crosses_tenants_is_looked_up_before_it_is_inserted(secured: Database) -> None:
    with psycopg.connect(secured.owner) as connection:
        found = connection.execute(
            "select c.relname, t.attname from pg_index x join pg_class c on c.oid = x.indrelid "
            "join pg_attribute t on t.attrelid = c.oid and t.attnum = x.indkey[0] "
            "where x.indisunique and c.relnamespace = 'public'::regnamespace and t.attname <> 'organization_id' "
            "and (has_any_column_privilege('prductr_app', c.oid, 'insert')"
            " or has_any_column_privilege('prductr_service', c.oid, 'insert'))"
        ).fetchall()
        guarded = connection.execute(
            "select tgrelid::regclass::text, replace(tgname, 'keep_', '') from pg_trigger where tgname like 'keep%'"
        ).fetchall()
    assert sorted(found) == sorted(guarded)
    assert sorted(found) == sorted([*KEYS, ("users", "id")])


WAYS = {
    "prepared": "prepare u as {upsert}; execute u; execute u",
    "in a block": "do $do$ begin {upsert}; end $do$",
    "after an insert": "{plain}; {upsert}",
    "after a savepoint": "savepoint s; update public.tasks set title = title; rollback to s; {upsert}",
    "beside an insert": "with other as ({plain} returning id) {upsert_of_other}",
    "of several rows": "{upsert_of_rows}",
    "by its constraint": "{upsert_by_constraint}",
    "by its only key": "{insert_first} {condition}",
}


@pytest.mark.parametrize("way", WAYS)
def test_r42_every_other_form_of_upsert_behaves_like_a_plain_insert(app: App, way: str) -> None:
    app.execute("select public.set_context(%s, %s)", (A.user, A.organization))
    columns = "insert into public.tasks (id, project_id, title)"
    theirs, own = B.id("tasks"), A.id("projects")
    condition = "on conflict (id) do update set title = 'x' where tasks.id::integer = 1"
    text = WAYS[way].format(
        plain=f"{columns} values ('plain', '{own}', 'x')",
        upsert=f"{columns} values ('{theirs}', '{own}', 'x') {condition}",
        upsert_of_other=f"{columns} select '{theirs}', '{own}', id from other {condition}",
        upsert_of_rows=f"{columns} values ('new', '{own}', 'x'), ('{theirs}', '{own}', 'x') {condition}",
        upsert_by_constraint=f"{columns} values ('{theirs}', '{own}', 'x') "
        "on conflict on constraint tasks_pkey do update set title = 'x' where tasks.id::integer = 1",
        insert_first=f"{columns} select '{theirs}', '{own}', 'x' from public.projects",
        condition=condition,
    )
    with pytest.raises(TAKEN, match="tasks_pkey") as refused:
        app.execute(text.encode())
    assert "seed-b" not in f"{refused.value.diag.message_primary} {refused.value.diag.message_detail}"


def test_r42_a_statement_prepared_before_its_transaction_wrote_behaves_alike(secured: Database) -> None:
    """Each execution decides anew whether the statement may update."""
    with psycopg.connect(secured.app, autocommit=True) as app:
        for key, refused in (("one", False), (B.id("tasks"), True), ("two", False), (B.id("tasks"), True)):
            with app.transaction(force_rollback=True):
                app.execute("select public.set_context(%s, %s)", (A.user, A.organization))
                statement = (
                    "insert into public.tasks (id, project_id, title) values (%s, %s, 'x') "
                    "on conflict (id) do update set title = 'x' where tasks.id::integer = 1"
                )
                if refused:
                    with pytest.raises(TAKEN), app.transaction():
                        app.execute(statement, (key, A.id("projects")), prepare=True)
                else:
                    assert app.execute(statement, (key, A.id("projects")), prepare=True).rowcount == 1


def compared(scratch: Database, table: str, key: str, *, update: bool) -> list[str | None]:
    """Return the result of A's upsert on a row of B whose transaction commits while the upsert waits for it."""
    with psycopg.connect(scratch.app) as victim, psycopg.connect(scratch.app) as attacker:
        for connection, tenant in ((victim, B), (attacker, A)):
            connection.execute("select public.set_context(%s, %s)", (tenant.user, tenant.organization))
        row = fresh(table, B) | {"id": "theirs", key: "wanted"}
        if update:
            victim.execute(f"update public.{table} set {key} = 'wanted' where id = %s".encode(), (B.id(table),))
        else:
            victim.execute(*insert(table, row))
        statement, values = insert(table, fresh(table) | {key: "wanted"})
        tail = f" on conflict ({key}) do update set {HARMLESS_COLUMN[table]} = default where {table}.id::integer = 1"
        reported: list[str | None] = []

        def attack() -> None:
            try:
                attacker.execute(statement + tail.encode(), values)
            except psycopg.Error as error:
                reported.append(f"{error.sqlstate} {error.diag.message_primary}")

        thread = threading.Thread(target=attack)
        thread.start()
        waiting = "select count(*) from pg_locks where not granted and pid = %s"
        with psycopg.connect(scratch.owner, autocommit=True) as observer:
            while thread.is_alive() and observer.execute(waiting, (attacker.info.backend_pid,)).fetchone() != (1,):
                time.sleep(0.01)
        victim.commit()
        thread.join(30)
    return reported


@pytest.mark.parametrize(
    ("table", "key"),
    [("organizations", "slug"), ("users", "email"), ("agent_instances", "session_id"), ("user_secrets", "id")],
)
@pytest.mark.parametrize("taken_by", ["an insert", "an update"])
def test_r43_an_upsert_waits_for_an_uncommitted_row_and_does_not_compare_it(
    scratch: Database, table: str, key: str, taken_by: str
) -> None:
    update = taken_by == "an update" or table == "users"
    reported = compared(scratch, table, key, update=update)
    constraint = {"slug": "slug_unique", "email": "email_unique", "session_id": "session_id_unique", "id": "pkey"}[key]
    assert reported == [f'23505 duplicate key value violates unique constraint "{table}_{constraint}"']


def test_r43_an_insert_of_many_rows_compares_a_known_id_until_it_is_committed(
    scratch: Database,
) -> None:
    """The limit that docs/tenancy.md names. PostgreSQL has no hook between the wait and the comparison."""
    (reported,) = compared(scratch, "tasks", "id", update=False)
    assert (reported or "").startswith("22P02")


def test_r44_a_user_who_may_not_insert_learns_nothing_about_a_key(app: App) -> None:
    """A viewer and a stranger get the policy's answer, whether the key is taken or free."""
    for user, organization in ((f"{A.user}-viewer", A.organization), ("stranger", A.organization), ("", "")):
        for table in TABLES:
            if table in {"organizations", "users", "cost_events", "user_secrets"} and user:
                continue  # every signed-in user may insert their own
            app.execute("select public.set_context(%s, %s)", (user, organization))
            free = answer(app, *insert(table, fresh(table)))
            taken = answer(app, *insert(table, fresh(table) | {"id": B.id(table)}))
            condition = "on conflict (id) do update set id = excluded.id where false"
            statement, values = insert(table, fresh(table) | {"id": B.id(table)})
            assert free[0] == "42501", (user, table)
            assert free == taken == answer(app, statement + condition.encode(), values), (user, table)


def test_r44_a_viewer_s_event_of_analytics_compares_nothing(app: App) -> None:
    app.execute("select public.set_context(%s, %s)", (f"{A.user}-viewer", A.organization))
    event = {"id": B.id("cost_events"), "event_type": "analytics", "cost": 0}
    for organization in (A.organization, None):
        statement, values = insert("cost_events", event | {"organization_id": organization})
        condition = b" on conflict (id) do update set model = 'x' where cost_events.id::integer = 1"
        assert answer(app, statement + condition, values)[:2] == (
            "23505",
            'duplicate key value violates unique constraint "cost_events_pkey"',
        )


@pytest.mark.parametrize(("table", "key"), KEYS)
def test_r44_do_nothing_reveals_only_that_the_key_is_taken(app: App, table: str, key: str) -> None:
    app.execute("select public.set_context(%s, %s)", (A.user, A.organization))
    statement, values = insert(table, fresh(table) | {key: B.row(table)[key]})
    with app.transaction(force_rollback=True):
        reported = ""
        try:
            with app.transaction():
                made = app.execute(statement + f" on conflict do nothing returning {key}".encode(), values).fetchall()
        except TAKEN as error:
            made, reported = [], str(error)
        assert made == []
        assert "seed-b" not in reported


@pytest.mark.parametrize("table", [table for table in TABLES if table not in {"users", "organizations"}])
def test_r45_an_upsert_updates_the_tenant_s_own_row(app: App, table: str) -> None:
    app.execute("select public.set_context(%s, %s)", (A.user, A.organization))
    column = HARMLESS_COLUMN[table]
    statement, values = insert(table, fresh(table) | {"id": A.id(table)})
    tail = f" on conflict (id) do update set {column} = excluded.{column} where {table}.id like 'seed-a%%' returning id"
    assert app.execute(statement + tail.encode(), values).fetchall() == [(A.id(table),)]
    none = f" on conflict (id) do update set {column} = excluded.{column} where {table}.id like 'other%%'"
    assert app.execute(statement + none.encode(), values).rowcount == 0


def test_r45_an_upsert_updates_the_caller_s_own_user_and_organization(app: App) -> None:
    app.execute("select public.set_context(%s, %s)", (A.user, A.organization))
    for table, key in (("users", "id"), ("users", "email"), ("organizations", "id"), ("organizations", "slug")):
        row = {name: value for name, value in A.row(table).items() if name != "founder_id"}
        statement, values = insert(table, row)
        tail = f" on conflict ({key}) do update set name = 'changed' returning name"
        assert app.execute(statement + tail.encode(), values).fetchall() == [("changed",)]
