"""People press Ctrl-C, machines end jobs, engines crash: the file under way is complete or absent afterwards, the lock
is free, and the next run resumes.
"""

from __future__ import annotations

import signal

import psycopg
import pytest

from database.runner.advisory_lock import LOCK_ID
from tests.database.runner.support import Files, Query, Tables, eventually

AT_GATE = """
select count(*) from pg_stat_activity
 where application_name = 'prductr migrations' and wait_event_type = 'Lock' and datname = current_database()
"""
LOCK_HELD = f"""
select count(*) from pg_locks
 where locktype = 'advisory' and objid = {LOCK_ID & 0xFFFFFFFF}
   and database = (select oid from pg_database where datname = current_database())
"""


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda kill: kill.name)
def test_f26_a_killed_runner_leaves_no_half_file_and_no_lock(
    files: Files, url: str, query: Query, tables: Tables, kill: signal.Signals
) -> None:
    files.write("0001_gate.sql", "create table public.gate ();\ncreate table public.log (n int);")
    files.run(url)
    files.write(
        "0002_gated.sql",
        "--! lock-timeout: 1min\ncreate table public.gated ();\ninsert into public.log values (2);\n"
        "select count(*) from public.gate;",
    )
    with psycopg.connect(url) as holder:
        holder.execute("lock table public.gate in access exclusive mode")
        with files.process(url) as process:
            eventually(lambda: query(AT_GATE) == [(1,)])
            assert query(LOCK_HELD) == [(1,)]
            process.send_signal(kill)
            process.wait(20)
        # Still behind the gate: the server itself detects that the client is gone, and gives up file and lock.
        eventually(lambda: query(LOCK_HELD) == [(0,)])
        assert tables() == {"gate", "log"}
        holder.rollback()
    assert process.returncode != 0
    assert query("select count(*) from launch.schema_migrations") == [(1,)]
    assert files.run(url).ran == ("0002_gated.sql",)
    assert query("select n from public.log") == [(2,)]


def test_f26_a_runner_killed_between_the_steps_of_a_file_resumes_at_the_step(
    files: Files, url: str, query: Query
) -> None:
    files.write("0001_gate.sql", "create table public.gate ();\ncreate table public.log (n int);")
    files.run(url)
    files.write(
        "0002_steps.sql",
        "--! transaction: none\n--! lock-timeout: 1min\ninsert into public.log values (1);\n"
        "insert into public.log select 2 from (select count(*) from public.gate) as g;\n"
        "insert into public.log values (3);",
    )
    with psycopg.connect(url) as holder:
        holder.execute("lock table public.gate in access exclusive mode")
        with files.process(url) as process:
            eventually(lambda: query(AT_GATE) == [(1,)])
            process.kill()
            process.wait(20)
        eventually(lambda: query(LOCK_HELD) == [(0,)])
        holder.rollback()
    assert query("select status, done from launch.schema_migrations where sequence = 2") == [("started", 1)]
    files.run(url)
    assert any("continuing after statement 1" in text for text in files.reported)
    assert query("select n from public.log order by n") == [(1,), (2,), (3,)]


def test_f26_a_runner_killed_while_it_builds_an_index_concurrently_leaves_one_that_is_rebuilt(
    files: Files, url: str, query: Query
) -> None:
    files.write("0001_table.sql", "create table public.log (n int);\ninsert into public.log values (1);")
    files.run(url)
    files.write("0002_index.sql", "--! transaction: none\ncreate index concurrently log_n on public.log (n);")
    with psycopg.connect(url) as writer:
        writer.execute("update public.log set n = n")  # the build waits for this transaction
        with files.process(url) as process:
            eventually(lambda: query(AT_GATE) == [(1,)])
            process.kill()
            process.wait(20)
        eventually(lambda: query(LOCK_HELD) == [(0,)])
        writer.rollback()
    assert query("select running from launch.schema_migrations where sequence = 2") == [(True,)]
    assert query("select indisvalid from pg_index where indexrelid = 'public.log_n'::regclass") == [(False,)]
    assert files.run(url).ran == ("0002_index.sql",)
    assert query("select indisvalid from pg_index where indexrelid = 'public.log_n'::regclass") == [(True,)]


def test_f26_a_killed_backfill_resumes_with_the_remaining_rows(files: Files, url: str, query: Query) -> None:
    files.write(
        "0001_rows.sql",
        "create table public.rows (id int primary key, done int);\ncreate table public.gate ();\n"
        "insert into public.rows select g from generate_series(1, 100) as g;",
    )
    files.run(url)
    files.write(
        "0002_fill.sql",
        "--! transaction: none\n--! lock-timeout: 1min\n\n--! repeat: until 0 rows\n"
        "--! remaining: select count(*) from public.rows where done is null\n"
        "update public.rows set done = coalesce(done, 0) + 1\n"
        " where id in (select id from public.rows where done is null order by id limit 30);",
    )
    with psycopg.connect(url) as holder:
        holder.execute("select from public.rows where id = 75 for update")  # the third batch waits here
        with files.process(url) as process:
            eventually(lambda: query(AT_GATE) == [(1,)])
            process.kill()
            process.wait(20)
        eventually(lambda: query(LOCK_HELD) == [(0,)])
        holder.rollback()
    assert query("select count(*) from public.rows where done = 1") == [(60,)]
    files.run(url)
    assert query("select done, count(*) from public.rows group by done") == [(1, 100)]
