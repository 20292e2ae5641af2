"""Backfills: one long update holds its locks for minutes and bloats the table; a hand-written loop cannot be resumed,
and one whose condition never becomes false runs for ever.
"""

from __future__ import annotations

import psycopg
import pytest

from database.runner.statement_failures import MigrationError
from tests.database.runner.support import Background, Files, Query, eventually

HEAD = (
    "--! transaction: none\n\n"
    "--! repeat: until 0 rows\n--! remaining: select count(*) from public.rows where done is null\n"
)
FILL = "update public.rows set done = 1 where id in (select id from public.rows where done is null limit 40);"


@pytest.fixture
def rows(files: Files, url: str) -> None:
    files.write(
        "0001_rows.sql",
        "create table public.rows (id int primary key, done int, batch xid8);\n"
        "insert into public.rows select g from generate_series(1, 100) as g;",
    )
    files.run(url)


@pytest.mark.usefixtures("rows")
def test_a_batch_is_repeated_until_it_changes_nothing_each_time_in_a_transaction_of_its_own(
    files: Files, url: str, query: Query
) -> None:
    files.write("0002_fill.sql", HEAD + FILL.replace("done = 1", "done = 1, batch = pg_current_xact_id()"))
    files.run(url)
    assert query("select count(*) from public.rows group by batch order by 1") == [(20,), (40,), (40,)]
    assert any("40 of 100 rows" in text for text in files.reported)
    assert any("100 rows done" in text for text in files.reported)
    assert files.run(url).ran == ()


@pytest.mark.usefixtures("rows")
def test_a_batch_may_choose_its_rows_in_a_with(files: Files, url: str, query: Query) -> None:
    chosen = "with chosen as materialized (select id from public.rows where done is null limit 40)\n"
    files.write("0002_fill.sql", HEAD + chosen + "update public.rows set done = 1 where id in (select id from chosen);")
    files.run(url)
    assert query("select count(done) from public.rows") == [(100,)]


@pytest.mark.usefixtures("rows")
def test_rows_that_the_application_adds_meanwhile_are_processed_too(files: Files, url: str, query: Query) -> None:
    query(
        "create function public.add() returns trigger language plpgsql as $$ begin"
        " insert into public.rows select 1000 + g from generate_series(1, 50) as g; return null; end $$;"
    )
    query(
        "create trigger add after update of done on public.rows"
        " for each row when (old.id = 7) execute function public.add()"
    )
    files.write("0002_fill.sql", HEAD + FILL)
    files.run(url)
    assert query("select count(*), count(done) from public.rows") == [(150, 150)]


@pytest.mark.usefixtures("rows")
def test_a_batch_that_never_ends_is_stopped_and_named(files: Files, url: str, query: Query) -> None:
    files.write("0002_fill.sql", HEAD + "update public.rows set batch = pg_current_xact_id() where done is null;")
    with pytest.raises(MigrationError, match="100 remain, no fewer than before") as failed:
        files.run(url)
    assert failed.value.remedy == "Make the statement change its own condition; compare it with `remaining`."
    files.write("0002_fill.sql", HEAD + FILL)  # a pending statement may be corrected
    files.run(url)
    assert query("select count(done) from public.rows") == [(100,)]


@pytest.mark.usefixtures("rows")
def test_a_batch_that_waits_for_a_row_is_retried(files: Files, url: str, query: Query) -> None:
    files.write("0002_fill.sql", "--! lock-timeout: 50ms\n" + HEAD + FILL)
    with psycopg.connect(url) as holder:
        holder.execute("select from public.rows where id = 50 for update")
        background = Background(files.runner(url).run)
        eventually(lambda: any("a lock was not free in time; trying again" in text for text in files.reported))
        holder.rollback()
    assert background.outcome() is None
    assert query("select count(done) from public.rows") == [(100,)]


@pytest.mark.usefixtures("rows")
def test_an_error_in_a_batch_names_its_place_in_the_file(files: Files, url: str) -> None:
    files.write("0002_fill.sql", HEAD + "update public.rows\n   set gone = 1;")
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert (failed.value.where, failed.value.sqlstate) == ("0002_fill.sql:6:8", "42703")


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("query", ["select missing from public.rows", "select 'many'", "select from nowhere", "vacuum"])
def test_a_remaining_query_that_does_not_count_is_named(files: Files, url: str, query: str) -> None:
    files.write("0002_fill.sql", HEAD.replace("select count(*) from public.rows where done is null", query) + FILL)
    with pytest.raises(MigrationError, match="the query of `--! remaining` does not count") as failed:
        files.run(url)
    assert failed.value.where == "0002_fill.sql:5:1"


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("counting", "reason"),
    [
        ("select count(note::int) from public.notes", 'type integer: "…"'),
        ("select note from public.notes", "no number"),
    ],
)
def test_f12_a_count_that_fails_over_a_value_of_a_tenant_does_not_show_it(
    files: Files, url: str, query: Query, counting: str, reason: str
) -> None:
    query("create table public.notes as select 'private@example.com' as note")
    query(f"grant select on public.notes to {url.partition('//')[2].partition(':')[0]}")
    files.write("0002_fill.sql", HEAD.replace("select count(*) from public.rows where done is null", counting) + FILL)
    with pytest.raises(MigrationError, match="the query of `--! remaining` does not count") as failed:
        files.run(url)
    assert reason in failed.value.what
    assert "private" not in str(failed.value)
