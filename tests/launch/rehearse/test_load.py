"""A rehearsal must detect a lock that keeps the application waiting. Prevents: a migration that "took no lock"."""

from __future__ import annotations

import time
from pathlib import Path

from database.postgres import connect
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
    assert load.statements.failed == []


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
