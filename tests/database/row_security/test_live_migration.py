"""Today's production, with data of two tenants, is migrated and secured while the application keeps working.

Prevents: a migration that stops the application, loses rows written meanwhile, or leaves some without a tenant.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from database.isolation.probe import probe
from database.isolation.session import insert
from database.isolation.tenants import TABLES, Tenant
from database.postgres.errors import DatabaseError
from database.runner.runner import Runner
from tests.database.conftest import PASSWORDS, SQL, A, B, Database, empty

TASKS = 6_000
"""Of each tenant: more than one batch of the backfill."""
BETWEEN_CLICKS = 0.01
"""Seconds. The migration compares the memberships of a user with each other, so an unbounded number takes minutes."""


@pytest.fixture
def production(template: Database) -> Iterator[Database]:
    """Today's 15 tables, owned by the owner, with rows of two tenants and a duplicate membership."""
    database = empty(template.server, "production")
    try:
        with psycopg.connect(database.owner) as connection:
            connection.execute((SQL / "migrations" / "0001_baseline.sql").read_bytes())
            for tenant in (A, B):
                for table in TABLES:
                    connection.execute(*insert(table, todays_row(tenant, table)))
                many = "insert into public.{0} (id, {1}, {2}) select %s || i, %s, 'many' from generate_series(1, {3}) i"
                tasks = many.format("tasks", "project_id", "title", TASKS)
                activities = many.format("task_activities", "task_id", "action", TASKS)
                connection.execute(tasks.encode(), (f"{tenant.tag}-many-", tenant.id("projects")))
                connection.execute(activities.encode(), (f"{tenant.tag}-many-", tenant.id("tasks")))
            for number, role in enumerate(("viewer", "guest", "owner", "member")):
                again = todays_row(A, "organization_members") | {"id": f"again-{number}", "role": role}
                connection.execute(*insert("organization_members", again))
        yield database
    finally:
        with psycopg.connect(template.server.uri(), autocommit=True) as connection:
            connection.execute("drop database production with (force)")


@pytest.fixture
def unasked(tmp_path: Path) -> Path:
    """The migrations without the preliminary checks of rows: rows that arrive during a run are not announced."""
    shutil.copytree(SQL / "migrations", tmp_path / "migrations")
    shutil.copy(SQL / "baseline.json", tmp_path)
    return tmp_path / "migrations"


KNEW_ORGANIZATION = {"organization_members", "projects", "agents", "connector_configs", "cost_events"}


def todays_row(tenant: Tenant, table: str) -> dict[str, object]:
    row = tenant.row(table)
    if table not in KNEW_ORGANIZATION:
        row.pop("organization_id", None)
    return row


class Application(threading.Thread):
    """Runs today's statements in a loop, as the owner, like today; keeps their number and the first error."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.ended = threading.Event()
        self.rounds = 0
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            with psycopg.connect(self._url, autocommit=True) as connection:
                while not self.ended.is_set():
                    self._round(connection)
                    self.rounds += 1
        except psycopg.Error as error:
            self.error = error

    def _round(self, connection: psycopg.Connection[Any]) -> None:
        tenant, task = (A, B)[self.rounds % 2], f"live-{self.rounds}"
        connection.execute(
            "insert into tasks (id, project_id, title, status) values (%s, %s, 'live', default) returning id",
            (task, tenant.id("projects")),
        )
        connection.execute("insert into task_activities (id, task_id, action) values (%s, %s, 'made')", (task, task))
        connection.execute("update tasks set status = 'done' where id = %s", (task,))
        connection.execute(
            "update tasks set title = 'touched' where id = %s", (f"{tenant.tag}-many-{self.rounds + 1}",)
        )
        connection.execute(*insert("cost_events", todays_row(tenant, "cost_events") | {"id": task}))
        connection.execute("select count(*) from task_activities where task_id = %s", (task,))


def test_production_is_migrated_and_secured_under_the_running_application(production: Database, unasked: Path) -> None:
    application = Application(production.owner)
    application.start()
    try:
        result = Runner(production.owner, unasked).run()
    finally:
        application.ended.set()
        application.join(60)
    assert application.error is None
    assert application.rounds > 10
    assert "0001_baseline.sql" in result.ran
    with psycopg.connect(production.owner) as connection:
        for table in TABLES:
            if table in {"users", "organizations", "user_secrets"}:
                continue
            wrong = f"select count(*) from public.{table} where organization_id is null"
            assert connection.execute(wrong.encode()).fetchone() == (0,), table
        for table, others in (("tasks", 1), ("task_activities", 1)):
            for tenant in (A, B):
                mine = f"select count(*) from public.{table} where organization_id = %s and id not like 'live-%%'"
                assert connection.execute(mine.encode(), (tenant.organization,)).fetchone() == (TASKS + others,)
        live = "select count(*) from public.tasks where id like 'live-%%' and organization_id = %s"
        made = [connection.execute(live.encode(), (tenant.organization,)).fetchone() for tenant in (A, B)]
        assert sum(count for (count,) in filter(None, made)) == application.rounds
    production.security().apply(PASSWORDS)
    assert probe(production.app).isolated


def test_the_highest_role_of_a_repeated_membership_is_kept(production: Database, unasked: Path) -> None:
    Runner(production.owner, unasked).run()
    with psycopg.connect(production.owner) as connection:
        kept = connection.execute(
            "select role from public.organization_members where user_id = %s", (f"{A.prefix}-{A.tag}-member",)
        ).fetchall()
    assert kept == [("owner",)]


def test_memberships_added_twice_during_the_migration_stop_nothing(production: Database, unasked: Path) -> None:
    ended = threading.Event()
    refused: list[str | None] = []

    def invite() -> None:
        """Repeat the effect of a double click."""
        with psycopg.connect(production.owner, autocommit=True) as connection:
            number = 0
            while not ended.wait(BETWEEN_CLICKS):
                number += 1
                again = todays_row(A, "organization_members") | {"id": f"invited-{number}", "role": "viewer"}
                try:
                    connection.execute(*insert("organization_members", again))
                except psycopg.errors.UniqueViolation as error:
                    refused.append(error.diag.constraint_name)

    inviting = threading.Thread(target=invite)
    inviting.start()
    try:
        Runner(production.owner, unasked).run()
    finally:
        ended.set()
        inviting.join(60)
    assert set(refused) == {"organization_members_organization_id_user_id_key"}
    with psycopg.connect(production.owner) as connection:
        members = "select count(*) from public.organization_members where user_id = %s"
        assert connection.execute(members, (f"{A.prefix}-{A.tag}-member",)).fetchone() == (1,)


def test_the_temporary_indexes_of_the_backfill_are_gone(secured: Database) -> None:
    with psycopg.connect(secured.owner) as connection:
        left = connection.execute("select relname from pg_class where relname like '%unfilled%'").fetchall()
    assert left == []


def operators_rows(connection: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    """Return the rows of two tenants that `launch adopt plan` lists, before the migrations and beside them."""
    queries = SQL / "preflight" / "0006_tenant_foreign_keys.sql", SQL / "adoption" / "01_rows_of_two_tenants.sql"
    return [str(row[0]) for query in queries for row in connection.execute(query.read_bytes()).fetchall()]


def test_the_operators_queries_find_each_row_of_two_tenants_and_no_other(production: Database, unasked: Path) -> None:
    crossings = (
        ("cost_events", "project_id", "projects"),
        ("agent_instances", "current_task_id", "tasks"),
        ("file_locks", "task_id", "tasks"),
        ("tasks", "assigned_to", "agents"),
        ("project_agents", "agent_id", "agents"),
        ("agent_instances", "agent_id", "agents"),
    )
    with psycopg.connect(production.owner, autocommit=True) as connection:
        assert operators_rows(connection) == []
        for table, column, parent in crossings:
            update = f"update public.{table} set {column} = %s where id = %s"
            connection.execute(update.encode(), (B.id(parent), A.id(table)))
        found = operators_rows(connection)
    assert sorted(found) == sorted(f"{table} {A.id(table)}" for table, _, _ in crossings)
    with pytest.raises(DatabaseError, match="23503"):
        Runner(production.owner, unasked).run()


def test_the_operators_query_finds_each_organization_that_nobody_could_manage(production: Database) -> None:
    query = (SQL / "adoption" / "02_organizations_without_owner.sql").read_bytes()
    with psycopg.connect(production.owner, autocommit=True) as connection:
        for tenant, role in ((A, "member"), (B, "owner")):
            update = "update public.organization_members set role = %s where organization_id = %s"
            connection.execute(update, (role, tenant.organization))
        found = connection.execute(query).fetchall()
    assert [thing for thing, _ in found] == [f"organizations {A.organization}"]
