"""Commits of single files do not wait for the disk, but the run as a whole does: the stack remembers what a run has
reported, and a crash of the server must not undo it.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psycopg
import pytest

from sandbox.postgres.scratch import scratch_server
from sandbox.postgres.server import Postgres
from tests.database.runner.proxy import Proxy
from tests.database.runner.support import Files, eventually, owned_database

FLUSH = b"update launch.database set format"


def _crash(server: Postgres) -> None:
    """Stop the server like a power failure: nothing more is written. Then start it again."""
    process = int((server.directory / "postmaster.pid").read_text().split()[0])
    os.kill(process, signal.SIGQUIT)
    eventually(lambda: not Path(f"/proc/{process}").exists())
    server.start()


@pytest.mark.parametrize("cut", ["", "before the flush", "after the flush"])
def test_a_reported_run_survives_an_immediate_crash_of_the_server(files: Files, cut: str) -> None:
    with scratch_server((("wal_writer_delay", "10s"),)) as server, owned_database(server) as url:
        files.write("0001_log.sql", "create table public.log (n int);")
        files.run(url)
        files.write("0002_once.sql", "insert into public.log values (2);")
        with Proxy(url) as proxy:
            if cut:
                proxy.cut(FLUSH, after_reply=cut == "after the flush")
            assert files.run(proxy.url).version == "0002"
            assert proxy.cuts == bool(cut)
            _crash(server)
        with psycopg.connect(url) as connection:
            assert connection.execute("select n from public.log").fetchall() == [(2,)]
            assert connection.execute("select count(*) from launch.schema_migrations").fetchone() == (2,)
