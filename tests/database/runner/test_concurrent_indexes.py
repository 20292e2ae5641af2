"""A statement with CONCURRENTLY has no transaction to undo it. What it left is looked up afterwards, and a look that
believes too much records an index that is another one, or is still there.
"""

from __future__ import annotations

import pytest

from database.failures import ConnectionLostError, MigrationError
from database.runner import Limits
from tests.database.runner.proxy import Proxy
from tests.database.runner.support import Files, Query

BUILD = "create unique index concurrently busy_key on public.busy (a);"
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
def test_a_statement_that_failed_fails_again_and_is_never_taken_for_done(
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
def test_an_index_that_was_there_before_is_not_taken_for_the_one_of_a_lost_session(
    files: Files, url: str, query: Query
) -> None:
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
def test_a_statement_that_was_edited_since_it_was_interrupted_is_not_taken_for_done(
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
