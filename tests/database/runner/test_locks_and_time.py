"""A migration must not stop the application: an ALTER TABLE that waits behind one long query makes all later
ones wait. Nor may two runners collide: without a lock both apply the files, and a runner that blocks on a lock
deadlocks with a concurrent index.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
import pytest

from database.runner import plan
from database.runner.advisory_lock import LOCK_ID, LockHeldError
from database.runner.runner import Limits
from database.runner.statement_failures import MigrationError
from tests.database.runner.support import Background, Files, Query, Tables, eventually

WAITING = (
    "select count(*) from pg_stat_activity where application_name = 'prductr migrations' and wait_event_type = 'Lock'"
)

AT_BUSY = """
select count(*) from pg_locks as l join pg_stat_activity as a on a.pid = l.pid
 where a.application_name = 'prductr migrations' and l.relation = 'public.busy'::regclass and not l.granted
"""


@pytest.fixture
def busy_table(files: Files, url: str) -> None:
    files.write(
        "0001_busy.sql", "create table public.busy (id int primary key);\ninsert into public.busy values (1), (2);"
    )
    files.run(url)


@pytest.mark.usefixtures("busy_table")
def test_f15_a_table_held_by_a_long_query_is_retried_and_others_wait_no_longer_than_the_lock_timeout(
    files: Files, url: str, query: Query
) -> None:
    files.write("0002_alter.sql", "--! lock-timeout: 300ms\nalter table public.busy add column note text;")
    with psycopg.connect(url) as reader:
        reader.execute("select count(*) from public.busy")  # its transaction stays open
        runner = files.runner(url, limits=Limits(attempts=50, first_pause=0.05, longest_pause=0.1))
        background = Background(runner.run)
        query("set statement_timeout = '5s'")
        waits = []
        for _ in range(5):
            eventually(lambda: query(AT_BUSY) == [(1,)])
            started = time.monotonic()
            query("select count(*) from public.busy")
            waits.append(time.monotonic() - started)
        assert any("a lock was not free in time; trying again" in text for text in files.reported)
        assert background.is_alive()
        reader.rollback()
    assert background.outcome() is None
    # Each query waited behind the runner for the rest of the lock timeout; the reader never moved.
    assert max(waits) > 0.02
    assert sorted(waits)[2] < 0.4
    assert max(waits) < 1.5
    assert query("select count(*) from information_schema.columns where table_name = 'busy'") == [(2,)]


@pytest.mark.usefixtures("busy_table")
def test_f15_without_a_directive_one_attempt_waits_two_seconds(files: Files, url: str) -> None:
    files.write("0002_alter.sql", "alter table public.busy add column note text;")
    with psycopg.connect(url) as reader:
        reader.execute("select count(*) from public.busy")
        started = time.monotonic()
        with pytest.raises(MigrationError) as failed:
            files.run(url, limits=Limits(attempts=1))
        waited = time.monotonic() - started
        reader.rollback()
    assert failed.value.sqlstate == "55P03"
    assert 2 <= waited < 4


@pytest.mark.usefixtures("busy_table")
def test_f15_attempts_are_bounded_and_end_in_a_clean_failure(files: Files, url: str, tables: Tables) -> None:
    files.write(
        "0002_alter.sql", "--! lock-timeout: 20ms\ncreate table public.extra ();\nalter table public.busy add x int;"
    )
    with psycopg.connect(url) as reader:
        reader.execute("select count(*) from public.busy")
        with pytest.raises(MigrationError) as failed:
            files.run(url, limits=Limits(attempts=3, first_pause=0.01, longest_pause=0.01))
        reader.rollback()
    assert (failed.value.sqlstate, failed.value.where) == ("55P03", "0002_alter.sql:3:1")
    assert "End the session that holds the table" in failed.value.remedy
    assert [text.rpartition(", ")[2] for text in files.reported if "trying again" in text] == [
        "2 attempts left",
        "1 attempts left",
    ]
    assert "extra" not in tables()


def test_f16_a_statement_that_runs_too_long_is_cancelled_and_undone(files: Files, url: str, tables: Tables) -> None:
    files.write("0001_slow.sql", "--! statement-timeout: 50ms\ncreate table public.one ();\n\nselect pg_sleep(30);")
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert (failed.value.sqlstate, failed.value.where) == ("57014", "0001_slow.sql:4:1")
    assert "--! statement-timeout" in failed.value.remedy
    assert not [text for text in files.reported if "trying again" in text]
    assert tables() == set()


@pytest.mark.usefixtures("busy_table")
def test_f17_a_file_that_loses_a_deadlock_is_run_again_as_a_whole(
    files: Files, url: str, query: Query, admin: psycopg.Connection[Any]
) -> None:
    admin.execute("set deadlock_timeout = '1min'")  # so that the runner detects the deadlock, and loses
    files.write(
        "0002_update.sql",
        "create table public.extra ();\nupdate public.busy set id = 12 where id = 2;\n"
        "update public.busy set id = 11 where id = 1;",
    )
    with admin.transaction():
        admin.execute("update public.busy set id = id where id = 1")
        background = Background(files.runner(url).run)
        with psycopg.connect(url, autocommit=True) as watcher:
            eventually(lambda: watcher.execute(WAITING).fetchall() == [(1,)])
        admin.execute("update public.busy set id = id where id = 2")
    assert background.outcome() is None
    assert any("deadlock; trying again" in text for text in files.reported)
    assert query("select id from public.busy order by id") == [(11,), (12,)]


@pytest.mark.usefixtures("busy_table")
def test_f17_a_file_that_loses_to_another_transaction_is_run_again_as_a_whole(
    files: Files, url: str, query: Query, admin: psycopg.Connection[Any]
) -> None:
    files.write(
        "0002_update.sql",
        "set local transaction_isolation = 'repeatable read';\ncreate table public.extra ();\n"
        "update public.busy set id = id + 10 where id < 10;",
    )
    with admin.transaction():
        admin.execute("update public.busy set id = 3 where id = 2")
        background = Background(files.runner(url).run)
        with psycopg.connect(url, autocommit=True) as watcher:
            eventually(lambda: watcher.execute(WAITING).fetchall() == [(1,)])
    assert background.outcome() is None
    assert any("serialization failure; trying again" in text for text in files.reported)
    assert query("select id from public.busy order by id") == [(11,), (13,)]


def test_f18_a_lock_held_by_another_run_is_polled_until_a_deadline_that_names_the_holder(
    files: Files, url: str, query: Query, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("0001_one.sql", "create table public.one ();")
    monkeypatch.setattr("database.runner.advisory_lock._REPORT_SECONDS", 0.3)
    with psycopg.connect(url, autocommit=True, application_name="the other run") as holder:
        holder.execute("select pg_advisory_lock(%s)", (LOCK_ID,))
        background = Background(files.runner(url, limits=Limits(lock_seconds=1.0)).run)
        eventually(
            lambda: query(
                "select count(*) from pg_stat_activity where query like '%pg_try_advisory_lock%' and state = 'idle'"
            )
        )
        assert query(WAITING) == [(0,)]  # polling, not waiting inside PostgreSQL
        error = background.outcome()
        assert isinstance(error, LockHeldError)
        named = f"(session {holder.info.backend_pid}, {url.partition('//')[2].partition(':')[0]}, the other run)"
        assert named in str(error)
        waiting = [text for text in files.reported if text.startswith("waiting for ")]
        assert 1 <= len(waiting) <= 3
        assert all(text.endswith(f" s for another run of the migrations {named}") for text in waiting)
        assert tables() == set()
    assert files.run(url).ran == ("0001_one.sql",)


def _thirty_files(files: Files) -> None:
    files.write("0001_log.sql", "create table public.log (version text primary key);")
    for number in range(2, 7):
        files.write(
            f"{number:04d}_step.sql",
            f"create table public.t{number} (id int);\ninsert into public.log values ('{number}');",
        )
    files.write(
        "0007_index.sql",
        "--! transaction: none\ncreate index concurrently t2_id on public.t2 (id);\n"
        "insert into public.log values ('7');",
    )


@pytest.mark.parametrize("runners", [2, 8])
def test_f19_processes_started_at_once_apply_every_file_exactly_once(
    files: Files, url: str, query: Query, runners: int
) -> None:
    _thirty_files(files)
    started = [files.process(url) for _ in range(runners)]
    outputs = [process.communicate(timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * runners, outputs
    ran = [name for output in outputs for name in output.splitlines()[-1].split()[1:]]
    assert sorted(ran) == sorted(path.name for path in files.directory.iterdir())
    assert query("select version from public.log order by 1") == [(str(number),) for number in range(2, 8)]


def test_f19_thirty_runners_at_once_on_an_empty_database_all_succeed(files: Files, url: str, query: Query) -> None:
    _thirty_files(files)
    together = threading.Barrier(30)
    results = []

    def work() -> None:
        runner = Files(files.directory).runner(url)
        together.wait()
        results.append(runner.run())

    crowd = [Background(work) for _ in range(30)]
    assert [runner.outcome() for runner in crowd] == [None] * 30
    assert sorted(name for result in results for name in result.ran) == sorted(
        path.name for path in files.directory.iterdir()
    )
    assert {result.version for result in results} == {"0007"}
    assert query("select count(*) from launch.schema_migrations") == [(7,)]


@pytest.mark.usefixtures("busy_table")
def test_f20_a_run_that_waits_for_another_does_not_deadlock_with_its_concurrent_index(
    files: Files, url: str, query: Query
) -> None:
    files.write("0002_index.sql", "--! transaction: none\ncreate index concurrently busy_id on public.busy (id);")
    with psycopg.connect(url) as writer:
        writer.execute("update public.busy set id = id")  # the build waits for this transaction
        first = Background(files.runner(url).run)
        eventually(lambda: query(WAITING) == [(1,)])
        second = Background(Files(files.directory).runner(url).run)
        eventually(
            lambda: query(
                "select count(*) from pg_stat_activity where query like '%pg_try_advisory_lock%' and state = 'idle'"
            )
        )
        time.sleep(1.2)  # longer than deadlock_timeout, after which PostgreSQL would end one of the two
        writer.commit()
    assert (first.outcome(), second.outcome()) == (None, None)
    assert query("select indisvalid from pg_index where indexrelid = 'public.busy_id'::regclass") == [(True,)]


@pytest.mark.usefixtures("busy_table")
def test_f21_a_cancelled_concurrent_build_leaves_an_invalid_index_that_the_next_run_rebuilds(
    files: Files, url: str, query: Query
) -> None:
    files.write(
        "0002_index.sql",
        "--! transaction: none\ncreate unique index concurrently if not exists busy_id on public.busy (id);",
    )
    with psycopg.connect(url) as writer:
        writer.execute("update public.busy set id = id")
        background = Background(files.runner(url).run)
        eventually(lambda: query(WAITING) == [(1,)])
        query("select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'prductr migrations'")
        error = background.outcome()
        writer.commit()
    assert isinstance(error, MigrationError)
    assert error.sqlstate == "57014"
    assert query("select indisvalid from pg_index where indexrelid = 'public.busy_id'::regclass") == [(False,)]
    assert files.run(url).ran == ("0002_index.sql",)
    assert any("dropping the invalid index" in text for text in files.reported)
    assert query("select indisvalid from pg_index where indexrelid = 'public.busy_id'::regclass") == [(True,)]


TIMEOUTS = ("statement_timeout", "lock_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout")


def test_f16_the_role_s_own_timeouts_do_not_stop_a_run_before_its_settings_hold(
    files: Files, url: str, admin: psycopg.Connection[Any], query: Query
) -> None:
    role = query("select pg_get_userbyid(datdba) from pg_database where datname = current_database()")[0][0]
    timeouts = [*TIMEOUTS, *(["transaction_timeout"] if admin.info.server_version >= 170000 else [])]
    for name in timeouts:
        admin.execute(f'alter role "{role}" set {name} = 1'.encode())
    files.write("0001_one.sql", "create table public.one (); select pg_sleep(0.05);")
    files.write("0002_two.sql", "--! transaction: none\nselect pg_sleep(0.05); create table public.two ();")
    assert files.run(url).ran == ("0001_one.sql", "0002_two.sql")
    assert files.run(url).ran == ()
    assert plan.online(url, files.directory).pending == ()
