"""Extreme sizes and encodings: a thousand files, a file of five megabytes, bytes that are not text."""

from __future__ import annotations

import pytest

from database.migrations.files import FileError
from tests.database.runner.support import Files, Query, Tables


def test_a_directory_of_a_thousand_files_is_applied_in_order_and_then_found_complete(
    files: Files, url: str, query: Query
) -> None:
    files.write("0001_log.sql", "create table public.log (n int);")
    for number in range(2, 1001):
        files.write(f"{number:04d}_step.sql", f"insert into public.log values ({number});")
    assert files.run(url).version == "1000"
    assert query("select array_agg(n order by ctid) = array_agg(n order by n), count(*) from public.log") == [
        (True, 999)
    ]
    assert files.run(url).ran == ()


def test_a_file_of_five_megabytes_is_applied_whole(files: Files, url: str, query: Query) -> None:
    many = "insert into public.log values " + ",".join(["('it''s; fine', $q$ ; $q$)"] * 200) + "; -- ; '\n"
    repetitions = 5 * 1024 * 1024 // len(many) + 1
    files.write("0001_big.sql", "create table public.log (a text, b text);\n" + many * repetitions)
    assert (files.directory / "0001_big.sql").stat().st_size > 5 * 1024 * 1024
    assert files.run(url).version == "0001"
    [(rows, different)] = query("select count(*), count(distinct (a, b)) from public.log")
    assert (rows, different) == (200 * repetitions, 1)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(files: Files, url: str, tables: Tables) -> None:
    files.write("0001_one.sql", "create table public.one ();")
    files.write("0002_latin.sql", b"create table public.two ();\n-- gr\xf6\xdfe\n")
    with pytest.raises(FileError) as refused:
        files.run(url)
    assert (refused.value.where, refused.value.what) == ("0002_latin.sql:2", "the file is not UTF-8 (byte 0xf6)")
    assert tables() == set()


def test_objects_of_another_schema_cannot_take_the_place_of_ours(files: Files, url: str, query: Query) -> None:
    [(name,)] = query("select current_database()")
    role = url.partition("//")[2].partition(":")[0]
    query("create schema evil")
    query(f"grant usage on schema evil to {role}")
    query("create function evil.now() returns timestamptz language sql as $$ select 'epoch'::timestamptz $$")
    query("create function evil.lower(text) returns text language sql as $$ select 'hijacked' $$")
    query(f"alter database {name} set search_path = evil, pg_catalog, public")
    query(f"alter role {role} set search_path = evil, pg_catalog, public")
    files.write(
        "0001_one.sql", "create table one (at timestamptz, word text);\ninsert into one select now(), lower('A');"
    )
    files.run(url)
    assert query("select at > 'epoch', word from public.one") == [(True, "a")]
    assert query("select started_at > 'epoch' and finished_at >= started_at from launch.schema_migrations") == [(True,)]


def test_times_in_the_ledger_are_the_server_s_own(
    files: Files, url: str, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)  # a client whose clock is in 1970
    files.write("0001_one.sql", "create table public.one ();")
    files.run(url)
    assert query("select finished_at > now() - interval '1 minute' from launch.schema_migrations") == [(True,)]
