"""A rehearsal must detect a lock that keeps the application waiting. Prevents: a migration that "took no lock", and a
failure of the rehearsal itself that counts as one of the application, or as none at all.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from database.postgres import DatabaseError, connect
from database.runner import Runner
from launch.rehearse import Load, between

FIRST = """
create table public.tasks (id integer primary key, title text not null);
insert into public.tasks select n, 'task' from generate_series(1, 10) as n;
"""
LONG = """
alter table public.tasks add column mood text;
select pg_catalog.pg_sleep(1.5);
"""
SECONDS = 20


def test_a_migration_that_blocks_the_application_is_seen_with_its_lock(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text(FIRST)
    Runner(database_url, tmp_path).run()
    (tmp_path / "0002_long.sql").write_text(LONG)
    with Load(lambda: database_url) as load:
        deadline = time.monotonic() + SECONDS
        while not (load.statements.reads and load.statements.writes) and time.monotonic() < deadline:
            time.sleep(0.01)
        with connect(database_url, application_name="test") as connection:
            row = connection.execute("select clock_timestamp()").fetchone()
        load.begin()
        Runner(database_url, tmp_path).run()
        after = load.statements.writes
        while load.statements.writes == after and time.monotonic() < deadline:
            time.sleep(0.01)
    assert row is not None
    with connect(database_url, application_name="test") as connection:
        (found,) = between(connection, row[0], load.looks)
    assert (found.name, found.status) == ("0002_long.sql", "applied")
    assert found.seconds >= 1.5
    assert "tasks AccessExclusiveLock" in found.locks
    assert found.blocked >= 1
    assert load.statements.slowest >= 1.0
    assert (load.statements.failed, load.trouble) == ([], [])


def test_a_failed_statement_is_counted_and_the_work_continues(database_url: str) -> None:
    with connect(database_url, application_name="test", autocommit=True) as connection:
        connection.execute("create table public.closed (id integer primary key)")
        connection.execute("insert into public.closed values (1)")
        connection.execute("create function public.no() returns trigger language plpgsql as 'begin raise ''no''; end'")
        connection.execute("create trigger no before update on public.closed for each row execute function public.no()")
    with Load(lambda: database_url) as load:
        deadline = time.monotonic() + SECONDS
        while len(load.statements.failed) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert {text for _, text in load.statements.failed} == {"no"}
    assert load.statements.reads > 0


def test_a_write_of_the_load_changes_nothing(database_url: str) -> None:
    with connect(database_url, application_name="test", autocommit=True) as connection:
        connection.execute("create table public.kept (id integer primary key, word text)")
        connection.execute("insert into public.kept values (1, 'one'), (2, 'two')")
        before = connection.execute("select * from public.kept order by id").fetchall()
        with Load(lambda: database_url) as load:
            deadline = time.monotonic() + SECONDS
            while load.statements.writes < 3 and time.monotonic() < deadline:
                time.sleep(0.01)
        assert connection.execute("select * from public.kept order by id").fetchall() == before
    assert load.statements.writes >= 3


def ended(database_url: str, application_name: str) -> bool:
    """Ends that session, if it is there."""
    query = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
    with connect(database_url, application_name="test", autocommit=True) as connection:
        return bool(connection.execute(query, (application_name,)).fetchall())


def test_a_failure_of_the_monitor_is_none_of_the_application(database_url: str) -> None:
    with connect(database_url, application_name="test", autocommit=True) as connection:
        connection.execute("create table public.kept (id integer primary key)")
        connection.execute("insert into public.kept values (1)")
    with Load(lambda: database_url) as load:
        load.begin()
        deadline = time.monotonic() + SECONDS
        while not ended(database_url, "launch rehearse watch") and time.monotonic() < deadline:
            time.sleep(0.01)
        before = load.statements.writes
        while load.statements.writes < before + 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert load.statements.writes > before
    assert load.statements.failed == []
    (trouble,) = load.trouble
    assert trouble.startswith("the monitor of locks was blind")
    assert "terminating connection" in trouble


def test_a_session_of_the_application_that_ends_is_a_failure_of_it(database_url: str) -> None:
    with connect(database_url, application_name="test", autocommit=True) as connection:
        connection.execute("create table public.kept (id integer primary key)")
    with Load(lambda: database_url) as load:
        deadline = time.monotonic() + SECONDS
        while not load.statements.reads and time.monotonic() < deadline:
            time.sleep(0.01)
        load.begin()
        ended(database_url, "launch rehearse load")
        while not load.statements.failed and time.monotonic() < deadline:
            time.sleep(0.01)
    assert len(load.statements.failed) == 1


def test_what_failed_before_the_change_says_nothing_of_it(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as early:
        early.setattr("launch.rehearse.load._LOCKS", "select nonsense, %s")
        with Load(lambda: database_url) as load:
            deadline = time.monotonic() + SECONDS
            while not load._blind and time.monotonic() < deadline:
                time.sleep(0.01)
            early.undo()
            load.begin()
            while not load._watched and time.monotonic() < deadline:
                time.sleep(0.01)
    assert load.trouble == []


def test_a_database_that_is_never_there_is_said_not_to_have_been_seen() -> None:
    def absent() -> str:
        raise DatabaseError("the twin has no database yet")

    with Load(absent) as load:
        load.begin()
        time.sleep(0.1)
    assert load.statements.failed == []
    (trouble,) = load.trouble
    assert "the twin has no database yet" in trouble


def test_a_database_that_the_change_makes_is_no_failure_before(database_url: str) -> None:
    made = False

    def url() -> str:
        if not made:
            raise DatabaseError("the twin has no database yet")
        return database_url

    with Load(url) as load:
        load.begin()
        time.sleep(0.1)
        made = True
        deadline = time.monotonic() + SECONDS
        while not load._watched and time.monotonic() < deadline:
            time.sleep(0.01)
    assert (load.statements.failed, load.trouble) == ([], [])
