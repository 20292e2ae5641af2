"""Runs are interrupted between any two files. The session state of one file would reach the next one only
while nothing goes wrong; and a role's own settings would give one text two meanings.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from database.runner import plan
from database.runner.statement_failures import MigrationError
from tests.database.runner.support import Files, Query, Tables
from tests.releases import since

SEEN = (
    "create table public.seen as"
    " select current_setting('search_path') as path, current_setting('row_security') as rows;"
)
DUMPED = "select pg_catalog.set_config('search_path', '', false);"  # a line of every pg_dump


@pytest.fixture
def other_role(url: str, admin: psycopg.Connection[Any], query: Query) -> Iterator[str]:
    """A role that the owner may assume, and that may make tables but not write the ledger."""
    owner = url.partition("//")[2].partition(":")[0]
    name = f"other_{owner}"
    query(f"create role {name}")
    query(f"grant {name} to {owner}")
    query(f"grant create, usage on schema public to {name}")
    yield name
    query(f"drop owned by {name}")
    query(f"drop role {name}")
    assert not admin.closed


@pytest.mark.parametrize("transaction", ["", "--! transaction: none\n"], ids=["one transaction", "step by step"])
def test_settings_of_a_file_do_not_reach_the_next_one(files: Files, url: str, query: Query, transaction: str) -> None:
    files.write("0001_dump.sql", f"{transaction}{DUMPED}\nselect set_config('row_security', 'on', false);")
    files.write("0002_next.sql", "create table next_one ();\n" + SEEN)
    assert files.run(url).version == "0002"
    assert query("select * from public.seen") == [("public, pg_temp", "off")]


def test_settings_of_a_statement_do_not_reach_the_next_one_where_each_is_committed_by_itself(
    files: Files, url: str, query: Query
) -> None:
    files.write("0001_table.sql", "create table public.one (id int);")
    files.write(
        "0002_steps.sql",
        f"--! transaction: none\n{DUMPED}\ncreate index concurrently one_id on one (id);\n{DUMPED}\n{SEEN}",
    )
    files.run(url)
    assert query("select * from public.seen") == [("public, pg_temp", "off")]
    assert query("select indisvalid from pg_index where indexrelid = 'public.one_id'::regclass") == [(True,)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("create temp table stage (n int);", "select n from stage;"),
        ("create sequence public.s; select nextval('public.s');", "select currval('public.s');"),
        ("do $$ begin execute 'prepare p as select 1'; end $$;", "execute p;"),
    ],
    ids=["temporary table", "sequence value", "prepared statement"],
)
def test_a_file_that_depends_on_the_session_of_an_earlier_file_fails_at_once(
    files: Files, url: str, first: str, second: str
) -> None:
    files.write("0001_first.sql", first)
    files.write("0002_second.sql", second)
    for _ in range(2):
        with pytest.raises(MigrationError) as failed:
            files.run(url)
        assert failed.value.where.startswith("0002_second.sql:1:")


@pytest.mark.parametrize(
    "text",
    [
        "set local role {role};\ncreate table public.theirs ();",
        "do $$ begin execute 'set role {role}'; end $$;\ncreate table public.theirs ();",
        "--! transaction: none\ndo $$ begin execute 'set role {role}'; create table public.theirs (); end $$;",
    ],
)
def test_a_file_may_take_another_role_and_the_owner_still_writes_the_ledger(
    files: Files, url: str, query: Query, other_role: str, text: str
) -> None:
    files.write("0001_role.sql", text.format(role=other_role))
    files.write("0002_next.sql", "create table public.ours ();")
    assert files.run(url).version == "0002"
    owner = url.partition("//")[2].partition(":")[0]
    assert query("select tablename, tableowner from pg_tables where schemaname = 'public' order by 1") == [
        ("ours", owner),
        ("theirs", other_role),
    ]


def test_the_role_s_own_settings_change_no_result(files: Files, url: str, query: Query) -> None:
    role = url.partition("//")[2].partition(":")[0]
    for setting in (
        "client_encoding = 'latin1'", "datestyle = 'sql, dmy'", "intervalstyle = 'iso_8601'", "bytea_output = 'escape'"
    ):  # fmt: skip
        query(f"alter role {role} set {setting}")
    files.write(
        "0001_first.sql",
        "create table public.one (word text, day date, pause text, raw text);\n"
        "insert into public.one values ('größe', '03/04/2025', interval '1 day'::text, '\\xff'::bytea::text);",
    )
    files.write("0002_second.sql", "insert into public.one values ('größe', '03/04/2025', interval '1 day'::text, "
                "'\\xff'::bytea::text);")  # fmt: skip
    files.run(url)
    assert (
        query("select word, length(word), day::text, pause, raw from public.one")
        == [("größe", 5, "2025-03-04", "1 day", "\\xff")] * 2
    )


@pytest.mark.parametrize("style", ["German", "SQL, DMY", "Postgres"])
def test_a_ledger_is_read_whatever_the_database_s_own_style_of_dates(
    files: Files, url: str, query: Query, style: str
) -> None:
    [(name,)] = query("select current_database()")
    query(f"alter database {name} set datestyle = '{style}'")
    query(f"alter database {name} set timezone = 'Asia/Tokyo'")
    files.write("0001_one.sql", "create table public.one ();")
    files.run(url)
    known = plan.look(url)
    assert known is not None
    [(at,)] = query("select extract(epoch from finished_at)::float8 from launch.schema_migrations")
    finished = datetime.fromisoformat(known.rows[0].finished_at)
    assert finished.timestamp() == pytest.approx(at)
    assert finished.utcoffset() == timedelta(0)
    assert files.run(url).ran == ()


def test_a_database_without_an_encoding_of_its_own_is_read_as_text(files: Files, url: str, query: Query) -> None:
    [(name,)] = query("select current_database()")
    query(f"create database {name}_bytes encoding 'SQL_ASCII' locale 'C' template template0 owner {name}")
    server, _, options = url.rpartition(f"/{name}")
    other = f"{server}/{name}_bytes{options}"
    try:
        files.write("0001_one.sql", "create table public.one (word text default 'größe');")
        assert files.run(other).ran == ("0001_one.sql",)
        assert plan.online(other, files.directory).pending == ()
        assert files.run(other).ran == ()
    finally:
        query(f"drop database {name}_bytes with (force)")


@since(17, "transaction_timeout")
@pytest.mark.parametrize("transaction", ["", "--! transaction: none\n"], ids=["one transaction", "step by step"])
def test_the_database_s_own_timeouts_end_no_file(files: Files, url: str, query: Query, transaction: str) -> None:
    [(name,)] = query("select current_database()")
    for limit in ("transaction_timeout", "idle_session_timeout", "statement_timeout", "lock_timeout"):
        query(f"alter database {name} set {limit} = '150ms'")
    limits = "select current_setting('transaction_timeout') as busy, current_setting('idle_session_timeout') as idle"
    files.write("0001_slow.sql", f"{transaction}select pg_sleep(0.4);\ncreate table public.one as {limits};")
    files.write("0002_next.sql", f"select pg_sleep(0.4); create table public.two as {limits};")
    assert files.run(url).ran == ("0001_slow.sql", "0002_next.sql")
    assert query("select * from public.one union all select * from public.two") == [("0", "0")] * 2


@since(17, "transaction_timeout")
@pytest.mark.parametrize("transaction", ["", "--! transaction: none\n"], ids=["one transaction", "step by step"])
def test_a_file_that_exceeds_its_own_timeout_fails_once_and_reports_it(
    files: Files, url: str, tables: Tables, transaction: str
) -> None:
    limit = "do $$ begin perform set_config('transaction_timeout', '100ms', true); perform pg_sleep(2); end $$;"
    files.write("0001_slow.sql", f"{transaction}create table public.one ();\n{limit}")
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert (failed.value.sqlstate, failed.value.where[:14]) == ("25P04", "0001_slow.sql:")
    assert "raise it, or split the file" in failed.value.remedy
    assert not [text for text in files.reported if "trying again" in text]
    assert tables() == ({"one"} if transaction else set())


def test_a_transaction_may_choose_its_isolation_level(files: Files, url: str, query: Query) -> None:
    level = "create table public.{0} as select current_setting('transaction_isolation') as level;"
    files.write("0001_one.sql", "set transaction isolation level serializable;\n" + level.format("one"))
    files.write("0002_two.sql", "set local transaction_isolation = 'repeatable read';\n" + level.format("two"))
    files.write("0003_three.sql", level.format("three"))
    files.run(url)
    assert query("select level from public.one") == [("serializable",)]
    assert query("select level from public.two") == [("repeatable read",)]
    assert query("select level from public.three") == [("read committed",)]


def test_tables_that_are_only_named_temp_are_made(files: Files, url: str, tables: Tables) -> None:
    files.write("0001_temp.sql", "--! transaction: none\ncreate table temp (n int);\ninsert into temp values (1);")
    files.run(url)
    assert tables() == {"temp"}
