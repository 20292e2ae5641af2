"""An applied file is history. Tools that record only a version number let two databases with the same version differ;
here each way in which files and ledger can disagree is refused by name, before anything runs.
"""

from __future__ import annotations

import hashlib

import pytest

from database.ledger.known_state import Memory
from database.ledger.ledger import LedgerError
from database.migrations.files import FileError
from database.migrations.history import HistoryError
from database.runner.plan import look, online
from database.runner.runner import Runner
from tests.database.runner.support import Files, Query, Tables


@pytest.fixture
def applied(files: Files, url: str) -> None:
    files.write("0001_first.sql", "create table public.first (id bigint primary key);\n")
    files.write("0002_second.sql", "create table public.second (id bigint primary key);\n")
    files.run(url)


@pytest.mark.usefixtures("applied")
def test_f01_an_edited_file_is_refused_by_name_with_both_hashes(files: Files, url: str, tables: Tables) -> None:
    before = hashlib.sha256(b"create table public.first (id bigint primary key);\n").hexdigest()
    files.write("0001_first.sql", "create table public.first (id bigint primary kez);\n")
    after = hashlib.sha256(b"create table public.first (id bigint primary kez);\n").hexdigest()
    files.write("0003_third.sql", "create table public.third ();")
    with pytest.raises(HistoryError) as refused:
        files.run(url)
    assert len(refused.value.findings) == 1
    assert refused.value.findings[0] == (
        f"0001_first.sql was edited after it was applied (ledger {before}, file {after}): "
        "restore it, and put changes into a new file"
    )
    assert "third" not in tables()


@pytest.mark.usefixtures("applied")
def test_f02_line_ends_and_a_byte_order_mark_do_not_count_but_a_trailing_space_does(files: Files, url: str) -> None:
    files.write("0001_first.sql", b"\xef\xbb\xbfcreate table public.first (id bigint primary key);\r\n")
    assert files.run(url).ran == ()
    files.write("0001_first.sql", b"create table public.first (id bigint primary key); \n")
    with pytest.raises(HistoryError, match=r"0001_first\.sql was edited"):
        files.run(url)


def test_f02_a_file_with_crlf_and_a_byte_order_mark_is_run_as_the_same_file_without(files: Files, url: str) -> None:
    files.write("0001_first.sql", b"\xef\xbb\xbfcreate table public.first (\r\n  note text default 'a\r\nb'\r\n);\r\n")
    ran = files.run(url)
    plain = b"create table public.first (\n  note text default 'a\nb'\n);\n"
    assert ran.manifest == {"0001_first.sql": hashlib.sha256(plain).hexdigest()}


@pytest.mark.usefixtures("applied")
def test_f03_a_missing_file_is_refused(files: Files, url: str) -> None:
    files.remove("0001_first.sql")
    with pytest.raises(HistoryError) as refused:
        files.run(url)
    assert refused.value.findings == ("0001_first.sql is applied, but its file is missing: restore it",)


@pytest.mark.usefixtures("applied")
def test_f04_a_file_older_than_the_newest_applied_one_is_refused(files: Files, url: str, tables: Tables) -> None:
    files.remove("0002_second.sql")
    files.write("0003_third.sql", "create table public.third ();")
    files.write("0002_second.sql", "create table public.second (id bigint primary key);\n")
    files.run(url)
    files.write("0004_late.sql", "create table public.late ();")
    files.write("0006_next.sql", "create table public.next ();")
    files.run(url)
    files.write("0005_between.sql", "create table public.between_them ();")
    with pytest.raises(HistoryError) as refused:
        files.run(url)
    assert refused.value.findings == (
        "0005_between.sql is new, but 0006 is already applied: give it a number above 0006",
    )
    assert "between_them" not in tables()


def test_f05_a_repeated_version_is_refused(files: Files, url: str, tables: Tables) -> None:
    files.write("0001_one.sql", "create table public.one ();")
    files.write("0001_other.sql", "create table public.other ();")
    with pytest.raises(FileError, match=r"0001_one\.sql, 0001_other\.sql: version 0001 appears twice"):
        files.run(url)
    assert tables() == set()


@pytest.mark.usefixtures("applied")
def test_f06_a_renamed_file_is_refused_though_its_content_is_the_same(files: Files, url: str) -> None:
    files.write("0002_renamed.sql", "create table public.second (id bigint primary key);\n")
    files.remove("0002_second.sql")
    with pytest.raises(HistoryError) as refused:
        files.run(url)
    assert refused.value.findings == (
        "0002_second.sql is applied, but its file is now called 0002_renamed.sql: rename it back",
    )


@pytest.mark.usefixtures("applied")
def test_f07_a_repeatable_file_runs_after_the_versioned_ones_once_for_each_content(
    files: Files, url: str, query: Query
) -> None:
    files.write("R_view.sql", "create or replace view public.both_tables as select id from public.third;")
    files.write("0003_third.sql", "create table public.third (id bigint);")
    assert files.run(url).ran == ("0003_third.sql", "R_view.sql")
    assert files.run(url).ran == ()
    files.write("R_view.sql", "create or replace view public.both_tables as select id from public.first;")
    assert files.run(url).ran == ("R_view.sql",)
    assert files.run(url).ran == ()
    assert query("select count(*) from launch.schema_migrations where name = 'R_view.sql'") == [(2,)]


@pytest.mark.usefixtures("applied")
def test_f08_a_database_newer_than_the_files_is_not_run_and_its_ledger_can_be_read(files: Files, url: str) -> None:
    files.write("0003_third.sql", "create table public.third ();")
    files.run(url)
    files.remove("0003_third.sql")
    with pytest.raises(HistoryError) as refused:
        files.run(url)
    assert refused.value.findings == (
        "the database is newer than these files: it holds 0003_third.sql. Use the release that brought it",
    )
    with pytest.raises(HistoryError, match="the database is newer"):
        online(url, files.directory)
    known = look(url)
    assert known is not None
    assert [row.name for row in known.rows] == ["0001_first.sql", "0002_second.sql", "0003_third.sql"]


SECOND = "0002_second.sql"
CHANGES = {
    "name": "'0009_other.sql'",
    "kind": "'baseline'",
    "checksum": "repeat('0', 64)",
    "chain": "repeat('0', 64)",
    "status": "'started'",
    "done": "7",
    "done_checksum": "repeat('0', 64)",
    "running": "true",
    "finished_at": "null",
    "applied_by": "'mallory'",
    "runner": "'elsewhere:1'",
}
"""A wrong value for each column except `sequence` and the times, on which nothing depends."""


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("row", [1, 2], ids=["first row", "last row"])
@pytest.mark.parametrize("column", CHANGES)
def test_f09_a_change_of_any_column_of_any_row_is_refused(
    files: Files, url: str, query: Query, tables: Tables, column: str, row: int
) -> None:
    query(f"update launch.schema_migrations set {column} = {CHANGES[column]} where sequence = {row}")
    files.write("0003_third.sql", "create table public.third ();")
    with pytest.raises(LedgerError, match=rf"ledger row {row} \(.*\) was changed from outside"):
        files.run(url)
    with pytest.raises(LedgerError, match="was changed from outside"):
        online(url, files.directory)
    assert "third" not in tables()


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize(
    ("tampering", "finding"),
    [
        ("delete from launch.schema_migrations where sequence = 1", "ledger row 1 is missing"),
        ("update launch.schema_migrations set sequence = 3 where sequence = 2", "ledger row 2 is missing"),
        ("delete from launch.schema_migrations where sequence = 2",
         f"the ledger no longer holds {SECOND} as it was applied"),
        ("delete from launch.schema_migrations",
         "; ".join(f"the ledger no longer holds {name} as it was applied" for name in ("0001_first.sql", SECOND))),
    ],
)  # fmt: skip
def test_f09_a_removed_row_is_detected_even_at_the_end(
    files: Files, url: str, query: Query, tampering: str, finding: str
) -> None:
    applied = files.run(url)
    memory = Memory(identity=applied.identity, files=applied.manifest)
    query(tampering)
    with pytest.raises(LedgerError) as refused:
        Runner(url, files.directory, memory=memory).run()
    with pytest.raises(LedgerError) as planned:
        online(url, files.directory, memory=memory)
    assert planned.value.what == refused.value.what
    assert refused.value.what == finding


@pytest.mark.usefixtures("applied")
def test_the_ledger_is_a_chain_of_hashes_that_only_its_owner_may_read(url: str, query: Query) -> None:
    columns = ("name", "kind", "checksum", "status", "done", "done_checksum", "running", "applied_by", "runner")
    rows = query(f"select chain, applied_by, {', '.join(columns)} from launch.schema_migrations order by sequence")
    previous = ""
    for chain, applied_by, *facts in rows:
        previous = hashlib.sha256("\n".join([previous, *map(str, facts)]).encode()).hexdigest()
        assert (chain, facts[3]) == (previous, "applied")
        assert applied_by == url.partition("//")[2].partition(":")[0]
    assert len(rows) == 2
    for thing, kind in (("launch", "schema"), ("launch.schema_migrations", "table"), ("launch.database", "table")):
        right = "usage" if kind == "schema" else "select"
        assert query(f"select has_{kind}_privilege('pg_monitor', '{thing}', '{right}')") == [(False,)]
