"""Connections end at the worst moment: after the server committed and before the client got the response. A runner that
guesses then applies a file twice or never; this one reads the ledger.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from database.postgres.connection import connect
from database.postgres.errors import ConnectionLostError, UnreachableError
from database.runner.runner import Limits
from database.runner.session_settings import SETTINGS
from sandbox.postgres.scratch import scratch_server
from sandbox.postgres.server import Postgres
from tests.database.runner.proxy import Proxy
from tests.database.runner.support import QUICK, Background, Files, Query, Tables, eventually, owned_database

GATED = "create table public.gated ();\nselect count(*) from public.gate;\ninsert into public.log values (now());"
AT_GATE = """
select count(*) from pg_stat_activity
 where application_name = 'prductr migrations' and wait_event_type = 'Lock' and datname = current_database()
"""
TERMINATE = """
select pg_terminate_backend(pid) from pg_stat_activity
 where application_name = 'prductr migrations' and datname = current_database()
"""


@pytest.fixture
def gate(files: Files, url: str) -> None:
    files.write("0001_gate.sql", "create table public.gate ();\ncreate table public.log (at timestamptz);")
    files.run(url)
    files.write("0002_gated.sql", "--! lock-timeout: 1min\n" + GATED)


@pytest.mark.usefixtures("gate")
def test_f22_a_session_that_is_killed_before_commit_leaves_nothing_and_the_run_continues(
    files: Files, url: str, query: Query, tables: Tables
) -> None:
    with psycopg.connect(url) as holder:
        holder.execute("lock table public.gate in access exclusive mode")
        background = Background(files.runner(url).run)
        eventually(lambda: query(AT_GATE) == [(1,)])
        query(TERMINATE)
        eventually(lambda: any("the connection was lost" in text for text in files.reported))
        assert "gated" not in tables()
        assert query("select count(*) from launch.schema_migrations") == [(1,)]
        holder.rollback()
    assert background.outcome() is None
    assert query("select count(*) from public.log") == [(1,)]
    assert query("select name from launch.schema_migrations order by sequence") == [
        ("0001_gate.sql",),
        ("0002_gated.sql",),
    ]


@pytest.mark.usefixtures("gate")
def test_f22_repeatedly_killed_sessions_end_the_run_after_its_attempts(files: Files, url: str, query: Query) -> None:
    files.write("0002_gated.sql", "create table public.gated ();\nselect pg_terminate_backend(pg_backend_pid());")
    with pytest.raises(ConnectionLostError):
        files.run(url, limits=Limits(connections=3, first_pause=0.01, longest_pause=0.01))
    assert len([text for text in files.reported if "trying again" in text]) == 2
    assert query("select count(*) from launch.schema_migrations") == [(1,)]


def test_f23_a_commit_whose_response_is_lost_is_found_in_the_ledger_and_not_repeated(
    files: Files, url: str, query: Query
) -> None:
    files.write("0001_log.sql", "create table public.log (n int);")
    files.run(url)
    files.write("0002_once.sql", "insert into public.log values (2);")
    files.write("0003_next.sql", "insert into public.log values (3);")
    with Proxy(url) as proxy:
        proxy.cut(b"insert into public.log values (2)", after_reply=True)
        result = files.run(proxy.url)
        assert proxy.cuts == 1
        assert proxy.connections == 2
    assert result.version == "0003"
    assert result.ran == ("0003_next.sql",)  # the ledger contained the other one
    assert query("select n from public.log order by n") == [(2,), (3,)]


def test_f23_a_step_whose_response_is_lost_is_not_repeated_either(files: Files, url: str, query: Query) -> None:
    files.write(
        "0001_steps.sql",
        "--! transaction: none\ncreate table public.log (n int);\ninsert into public.log values (1);\n"
        "create index concurrently log_n on public.log (n);\ninsert into public.log values (2);",
    )
    for marker in (
        b"insert into public.log values (1)",
        b"create index concurrently",
        b"insert into public.log values (2)",
    ):
        with Proxy(url) as proxy:
            proxy.cut(marker, after_reply=True)
            files.run(proxy.url)
            assert proxy.cuts == 1, marker
        assert query("select n from public.log order by n") == [(1,), (2,)]
        assert query("select indisvalid from pg_index where indexrelid = 'public.log_n'::regclass") == [(True,)]
        query("drop table public.log")
        query("drop schema launch cascade")


def test_f24_a_connection_that_is_reset_before_the_server_saw_the_file_is_opened_again(
    files: Files, url: str, query: Query
) -> None:
    files.write("0001_log.sql", "create table public.log (n int);\ninsert into public.log values (1);")
    with Proxy(url) as proxy:
        proxy.cut(b"create table public.log", after_reply=False)
        assert files.run(proxy.url).ran == ("0001_log.sql",)
        assert proxy.cuts == 1
    assert query("select n from public.log") == [(1,)]


HASTY = "&keepalives_idle=1&keepalives_interval=1&keepalives_count=1&tcp_user_timeout=2000"
"""Parameters of a URL that make the runner give up on a silent network within seconds."""


@pytest.mark.parametrize("after_reply", [False, True])
def test_f24_a_silent_connection_is_detected_at_both_ends_and_the_run_continues(
    files: Files, url: str, query: Query, monkeypatch: pytest.MonkeyPatch, after_reply: bool
) -> None:
    slow = "set tcp_keepalives_idle = '15s'; set tcp_keepalives_interval = '5s'; set tcp_user_timeout = '30s'"
    fast = "set tcp_keepalives_idle = '1s'; set tcp_keepalives_interval = '1s'; set tcp_user_timeout = '2s'"
    assert slow in SETTINGS
    monkeypatch.setattr("database.runner.runner.SETTINGS", SETTINGS.replace(slow, fast))
    files.write("0001_log.sql", "create table public.log (n int);")
    files.run(url)
    files.write("0002_once.sql", "insert into public.log values (2);")
    files.write("0003_next.sql", "insert into public.log values (3);")
    with Proxy(url) as proxy:
        proxy.silence(b"insert into public.log values (2)", after_reply=after_reply)
        ran = files.run(proxy.url + HASTY).ran
        assert (proxy.cuts, proxy.connections) == (1, 2)
    # Either the ledger showed the server's commit, or the abandoned session first had to release the lock.
    assert ran == (("0003_next.sql",) if after_reply else ("0002_once.sql", "0003_next.sql"))
    assert any("the connection was lost" in text for text in files.reported)
    assert query("select n from public.log order by n") == [(2,), (3,)]


def test_f24_a_silent_connection_is_detected_within_a_minute_by_default(url: str) -> None:
    with connect(url, application_name="test") as connection:
        link = socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with link:

            def option(name: int) -> int:
                return link.getsockopt(socket.IPPROTO_TCP, name)

            assert link.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            silence = option(socket.TCP_KEEPIDLE) + option(socket.TCP_KEEPINTVL) * option(socket.TCP_KEEPCNT)
            assert silence <= 60
            assert 0 < option(socket.TCP_USER_TIMEOUT) <= 60_000


@pytest.fixture
def own_server() -> Iterator[Postgres]:
    """A server that a test may stop."""
    with scratch_server() as server:
        yield server


def test_f25_a_run_waits_for_a_server_that_restarts_in_the_middle(files: Files, own_server: Postgres) -> None:
    with owned_database(own_server) as url:
        files.write("0001_gate.sql", "create table public.gate ();\ncreate table public.log (at timestamptz);")
        files.run(url)
        files.write("0002_gated.sql", "--! lock-timeout: 1min\n" + GATED)
        with closing(psycopg.connect(url)) as holder, closing(psycopg.connect(url, autocommit=True)) as watcher:
            holder.execute("lock table public.gate in access exclusive mode")
            background = Background(files.runner(url).run)
            eventually(lambda: watcher.execute(AT_GATE).fetchall() == [(1,)])
            own_server.stop()
            own_server.start()
        assert background.outcome() is None
        with psycopg.connect(url) as check:
            assert check.execute("select count(*) from public.log").fetchone() == (1,)
        assert any("the connection was lost" in text for text in files.reported)


def test_f25_a_run_waits_for_a_slow_server_and_gives_up_on_one_that_never_wakes(
    files: Files, own_server: Postgres
) -> None:
    files.write("0001_one.sql", "create table public.one ();")
    with owned_database(own_server) as url:
        own_server.stop()
        started = time.monotonic()
        with pytest.raises(UnreachableError, match="Connection refused"):
            files.run(url, limits=Limits(wake_seconds=0.5))
        assert time.monotonic() - started < 5
        background = Background(files.runner(url, limits=QUICK).run)
        own_server.start()
        assert background.outcome() is None
