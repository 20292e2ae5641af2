"""A statement with CONCURRENTLY has no transaction to undo it. Its result is looked up afterwards, and a lookup that is
too lenient records an index that is a different one, or a drop of an index that still exists.
"""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from database.postgres.errors import ConnectionLostError
from database.runner.runner import Limits
from database.runner.statement_failures import MigrationError
from tests.database.runner.proxy import Proxy
from tests.database.runner.support import Background, Files, Query, eventually

BUILD = "create unique index concurrently busy_key on public.busy (a);"
WAITING = "select count(*) from pg_stat_progress_create_index where phase like 'waiting for writers%'"
DEFINITION = "select pg_get_indexdef('public.busy_key'::regclass)"


@pytest.fixture
def busy(files: Files, url: str) -> None:
    files.write("0001_busy.sql", "create table public.busy (a int, b int);\ncreate index busy_key on public.busy (b);")
    files.run(url)


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [(BUILD, "42P07"), ("drop index concurrently public.busy_kye;", "42704")],
    ids=["create", "drop"],
)
def test_a_failed_statement_fails_again_and_is_never_recorded_as_done(
    files: Files, url: str, query: Query, statement: str, sqlstate: str
) -> None:
    files.write("0002_index.sql", f"--! transaction: none\n{statement}")
    for _ in range(3):
        with pytest.raises(MigrationError) as failed:
            files.run(url)
        assert failed.value.sqlstate == sqlstate
        assert query("select status, done, running from launch.schema_migrations where sequence = 2") == [
            ("started", 0, False)
        ]
    assert query(DEFINITION) == [("CREATE INDEX busy_key ON public.busy USING btree (b)",)]


@pytest.mark.usefixtures("busy")
def test_an_earlier_index_is_not_mistaken_for_the_one_of_a_lost_session(files: Files, url: str, query: Query) -> None:
    files.write("0002_index.sql", f"--! transaction: none\n{BUILD}")
    with Proxy(url) as proxy:
        proxy.cut(BUILD.rstrip(";").encode(), after_reply=True)  # the server's refusal never arrives
        with pytest.raises(MigrationError) as failed:
            files.run(proxy.url)
        assert proxy.cuts == 1
    assert failed.value.sqlstate == "42P07"
    assert query(DEFINITION) == [("CREATE INDEX busy_key ON public.busy USING btree (b)",)]


@pytest.mark.usefixtures("busy")
def test_a_unique_index_that_the_rows_forbid_is_built_once_they_allow_it(files: Files, url: str, query: Query) -> None:
    query("drop index public.busy_key")
    query("insert into public.busy values (1), (1)")
    files.write("0002_index.sql", f"--! transaction: none\n{BUILD}")
    for _ in range(2):
        with pytest.raises(MigrationError) as failed:
            files.run(url)
        assert failed.value.sqlstate == "23505"
    query("delete from public.busy where ctid = '(0,1)'")
    assert files.run(url).ran == ("0002_index.sql",)
    assert query("select indisvalid from pg_index where indexrelid = 'public.busy_key'::regclass") == [(True,)]


@pytest.mark.usefixtures("busy")
def test_a_statement_edited_after_its_interruption_is_not_recorded_as_done(
    files: Files, url: str, query: Query
) -> None:
    query("drop index public.busy_key")
    files.write("0002_index.sql", f"--! transaction: none\n{BUILD}")
    with Proxy(url) as proxy:
        proxy.cut(BUILD.rstrip(";").encode(), after_reply=True)
        with pytest.raises(ConnectionLostError):
            files.run(proxy.url, limits=Limits(connections=1))
    assert query("select running from launch.schema_migrations where sequence = 2") == [(True,)]
    files.write("0002_index.sql", f"--! transaction: none\n{BUILD.replace('(a)', '(a, b)')}")
    for _ in range(2):
        with pytest.raises(MigrationError) as failed:
            files.run(url)
        assert failed.value.sqlstate == "42P07"
    files.write("0002_index.sql", f"--! transaction: none\ndrop index concurrently public.busy_key;\n{BUILD}")
    assert files.run(url).version == "0002"


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        ("create index concurrently other_key on public.busy (a);", ""),
        ("create index concurrently theirs on public.busy (a);", "42P07"),
        ("drop index concurrently public.busy_key;", ""),
        ("reindex index concurrently public.busy_key;", ""),
        ("reindex table concurrently public.busy;", ""),
    ],
    ids=["create", "create of the same name", "drop", "reindex", "reindex of the table"],
)
def test_f20_an_index_that_somebody_else_is_building_is_neither_ended_nor_dropped(
    files: Files, url: str, admin: psycopg.Connection[Any], query: Query, statement: str, sqlstate: str
) -> None:
    files.write("0002_index.sql", f"--! transaction: none\n{statement}")
    run = files.runner(url, limits=Limits(attempts=500, first_pause=0.02, longest_pause=0.1)).run
    dsn = f"{admin.info.dsn} password={admin.info.password}"
    with psycopg.connect(dsn, autocommit=True) as other, psycopg.connect(dsn) as writer:
        writer.execute("insert into public.busy values (1, 1)")
        build = Background(lambda: other.execute("create index concurrently theirs on public.busy (a, b)"))
        eventually(lambda: query(WAITING) == [(1,)])
        ours = Background(run)
        eventually(lambda: [text for text in files.reported if "is building an index of the same table" in text])
        writer.commit()
        assert build.outcome() is None
    failed = ours.outcome()
    assert (failed.sqlstate if isinstance(failed, MigrationError) else "") == sqlstate
    assert (failed is None) is (not sqlstate)
    assert query(
        "select indisvalid, pg_get_indexdef(indexrelid) from pg_index where indexrelid = 'theirs'::regclass"
    ) == [(True, "CREATE INDEX theirs ON public.busy USING btree (a, b)")]


@pytest.mark.usefixtures("busy")
def test_f15_an_index_build_that_takes_too_long_ends_the_run_with_its_place(
    files: Files, url: str, admin: psycopg.Connection[Any], query: Query
) -> None:
    files.write("0002_index.sql", "--! transaction: none\n\nreindex table concurrently public.busy;")
    dsn = f"{admin.info.dsn} password={admin.info.password}"
    with psycopg.connect(dsn, autocommit=True) as other, psycopg.connect(dsn) as writer:
        writer.execute("insert into public.busy values (1, 1)")
        build = Background(lambda: other.execute("create index concurrently theirs on public.busy (a, b)"))
        eventually(lambda: query(WAITING) == [(1,)])
        with pytest.raises(MigrationError, match=f"session {other.info.backend_pid} is building an index") as failed:
            files.run(url)
        writer.commit()
        assert build.outcome() is None
    assert failed.value.where == "0002_index.sql:3:1"
    assert files.run(url).ran == ("0002_index.sql",)


@pytest.mark.parametrize("table", ['public."a.b"', '"a.b"', '"s.t".busy', "public.busy", "busy"])
def test_an_invalid_leftover_is_found_whatever_the_table_is_called(
    files: Files, url: str, query: Query, table: str
) -> None:
    files.write(
        "0001_busy.sql", f'create schema "s.t"; create table {table} (a int);\ninsert into {table} values (1), (1);'
    )
    files.write("0002_index.sql", f"--! transaction: none\ncreate unique index concurrently leftover on {table} (a);")
    with pytest.raises(MigrationError):
        files.run(url)
    query(f"delete from {table}")
    assert files.run(url).ran == ("0002_index.sql",)
    assert query(
        "select i.indisvalid from pg_index i join pg_class c on c.oid = indexrelid where relname = 'leftover'"
    ) == [(True,)]
