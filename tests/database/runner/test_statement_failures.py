"""A failed statement must leave either nothing, or a mark from which the next run resumes: half-migrated databases
had to be repaired by hand because a tool recorded too much, or too little.
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from database.migrations.files import FileError
from database.runner.statement_failures import MigrationError
from tests.database.runner.support import Files, Query, Tables


def test_f10_an_error_in_the_middle_undoes_the_file_and_names_line_column_and_statement(
    files: Files, url: str, tables: Tables, query: Query
) -> None:
    files.write("0001_good.sql", "create table public.good ();")
    files.write(
        "0002_bad.sql",
        "-- two tables\ncreate table public.one (id int);\n\n"
        "create table public.two (id int);\n  select 'ü', nothing\n    from public.two;\n"
        "create table public.three ();\n",
    )
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert failed.value.where == "0002_bad.sql:5:15"
    assert failed.value.sqlstate == "42703"
    assert failed.value.what == (
        "column \"nothing\" does not exist (SQLSTATE 42703); in statement 3 of 4: select 'ü', nothing from public.two"
    )
    assert tables() == {"good"}
    assert query("select name from launch.schema_migrations") == [("0001_good.sql",)]


def test_f10_an_error_without_a_position_names_the_statement_that_was_running(files: Files, url: str) -> None:
    files.write(
        "0001_bad.sql", "create table public.one ();\n\n\n  do $$ begin\n raise 'no; really';\nend $$;\nselect 1;"
    )
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert failed.value.where == "0001_bad.sql:4:3"
    assert "PL/pgSQL function inline_code_block line 2 at RAISE" in failed.value.what


def test_f10_a_syntax_error_undoes_the_file_and_names_its_place(files: Files, url: str, tables: Tables) -> None:
    files.write("0001_bad.sql", "create table public.one ();\ncreate tabel public.two ();")
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert (failed.value.where, failed.value.sqlstate) == ("0001_bad.sql:2:8", "42601")
    assert tables() == set()


def test_f10_an_error_at_commit_undoes_the_file_and_is_reported(files: Files, url: str, tables: Tables) -> None:
    files.write(
        "0001_bad.sql",
        "create table public.one (id int primary key, up int references public.one deferrable initially deferred);\n"
        "insert into public.one values (1, 2);\n",
    )
    with pytest.raises(MigrationError, match="at commit") as failed:
        files.run(url)
    assert failed.value.sqlstate == "23503"
    assert tables() == set()


def test_f11_a_file_without_a_transaction_resumes_at_the_statement_that_failed(
    files: Files, url: str, query: Query
) -> None:
    files.write(
        "0001_steps.sql",
        "--! transaction: none\n"
        "create table public.log (step int);\ninsert into public.log values (1);\n"
        "insert into public.log values (2), (1 / (select count(*) from public.log where step = 9));\n"
        "insert into public.log values (3);\n",
    )
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert failed.value.where == "0001_steps.sql:4:1"
    assert query("select name, status, done from launch.schema_migrations") == [("0001_steps.sql", "started", 2)]
    query("insert into public.log values (9)")
    assert files.run(url).version == "0001"
    assert query("select step from public.log order by step") == [(1,), (1,), (2,), (3,), (9,)]


def test_f11_pending_statements_may_be_corrected_and_completed_ones_may_not(
    files: Files, url: str, query: Query
) -> None:
    head = "--! transaction: none\ncreate table public.log (step int);\n"
    files.write("0001_steps.sql", head + "insert into public.lok values (1);\n")
    with pytest.raises(MigrationError, match="lok"):
        files.run(url)
    files.write("0001_steps.sql", head.replace("step int", "step bigint") + "insert into public.log values (1);\n")
    with pytest.raises(MigrationError, match="the first 1 statements are already done, and were edited since"):
        files.run(url)
    files.write("0001_steps.sql", head + "insert into public.log values (1);\n")
    assert files.run(url).ran == ("0001_steps.sql",)
    assert query("select count(*) from public.log") == [(1,)]
    assert files.run(url).ran == ()


def test_f12_a_failure_that_depends_on_the_data_shows_no_row_of_a_tenant(files: Files, url: str, query: Query) -> None:
    files.write("0001_table.sql", "create table public.person (email text, phone text);")
    files.run(url)
    query("insert into public.person values ('private@example.com', null)")
    files.write(
        "0002_strict.sql",
        "alter table public.person add column note text;\n"
        "alter table public.person add constraint phone_set check (phone is not null);\n"
        "alter table public.person alter column phone set not null;",
    )
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert (failed.value.where, failed.value.sqlstate) == ("0002_strict.sql:2:1", "23514")
    assert "private@example.com" not in str(failed.value)
    assert query("select count(*) from information_schema.columns where table_name = 'person'") == [(2,)]


CHECKED = """
create view public.short as select * from public.person where length(email) < 9 with check option;
update public.short set email = (select max(email) from public.person where length(email) > 9);
"""
QUOTING = """do $$ begin
    execute (select format('alter table public.person add check (email <> %L)', email) from public.person limit 1);
end $$;"""
EMAIL = "alter table public.person alter column email type {0} using email::{0};"


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        (EMAIL.format("int"), "22P02"),
        (EMAIL.format("uuid"), "22P02"),
        (EMAIL.format("int[]"), "22P02"),
        (EMAIL.format("timestamptz"), "22007"),
        ("create type public.kind as enum ('x'); " + EMAIL.format("public.kind"), "22P02"),
        (EMAIL.format("jsonb"), "22P02"),
        ("create unique index on public.person ((1)) include (email);", "23505"),
        ("do $$ begin execute (select format('select %L::int', email) from public.person limit 1); end $$;", "22P02"),
        (QUOTING, "23514"),
        (CHECKED, "44000"),
        ("do $$ begin perform set_config('work_mem', email, true) from public.person; end $$;", "22023"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("head", ["", "--! transaction: none\n"], ids=["one transaction", "step by step"])
def test_f12_no_message_detail_or_context_shows_a_value_of_a_tenant(
    files: Files, url: str, query: Query, head: str, statement: str, sqlstate: str
) -> None:
    files.write("0001_table.sql", "create table public.person (email text);")
    files.run(url)
    query("""insert into public.person values ('{"email": "private@example.com\n" also private'), ('x')""")
    files.write("0002_convert.sql", head + statement)
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert failed.value.sqlstate == sqlstate
    assert "private" not in str(failed.value)
    assert "example.com" not in str(failed.value)
    if statement.startswith("do "):
        assert re.search("PL/pgSQL function inline_code_block line [12] at (EXECUTE|PERFORM)", str(failed.value))


@pytest.mark.parametrize("head", ["", "--! transaction: none\n"], ids=["one transaction", "step by step"])
def test_f13_a_refused_statement_keeps_every_file_from_running(
    files: Files, url: str, tables: Tables, head: str
) -> None:
    files.write("0001_one.sql", "create table public.one (id int);")
    files.write("0002_two.sql", f"{head}create table public.two (id int);\nbegin;")
    with pytest.raises(FileError, match="the runner owns the transaction"):
        files.run(url)
    assert tables() == set()


def test_a_migration_that_row_security_would_narrow_fails_instead_of_changing_no_row(
    files: Files, url: str, admin: psycopg.Connection[Any], query: Query
) -> None:
    role = url.partition("//")[2].partition(":")[0]
    files.write(
        "0001_table.sql",
        "create table public.one (id int);\ninsert into public.one values (1);\n"
        "alter table public.one enable row level security;\nalter table public.one force row level security;",
    )
    files.run(url)
    admin.execute(f"alter role {role} nobypassrls".encode())
    files.write("0002_fill.sql", "update public.one set id = 2;")
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert failed.value.sqlstate == "42501"
    assert query("select id from public.one") == [(1,)]


def test_f11_a_half_applied_file_that_loses_its_directive_is_still_finished_statement_by_statement(
    files: Files, url: str, query: Query
) -> None:
    files.write("0001_steps.sql", "--! transaction: none\ncreate table public.log (n int);\nselect wrong;")
    with pytest.raises(MigrationError):
        files.run(url)
    files.write("0001_steps.sql", "create table public.log (n int);\ninsert into public.log values (1);")
    assert files.run(url).ran == ("0001_steps.sql",)
    assert query("select n from public.log") == [(1,)]
    assert query("select status from launch.schema_migrations") == [("applied",)]
    assert files.run(url).ran == ()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "create table public.one (id int) with (FillFaktor = 70)",
            'unrecognized parameter "fillfaktor" (SQLSTATE 22023)',
        ),
        ("select set_config('timezone', 'Mars', true)", 'invalid value for parameter "…" (SQLSTATE 22023)'),
    ],
)
def test_an_error_names_an_option_that_the_file_names(files: Files, url: str, statement: str, expected: str) -> None:
    files.write("0001_option.sql", statement)
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert failed.value.what.startswith(expected)


@pytest.mark.parametrize("head", ["", "--! transaction: none\n"], ids=["one transaction", "step by step"])
def test_a_file_that_makes_itself_read_only_is_not_mistaken_for_a_read_only_server(
    files: Files, url: str, head: str
) -> None:
    files.write("0001_only.sql", f"{head}select set_config('transaction_read_only', 'on', true);")
    with pytest.raises(MigrationError, match="25006") as failed:
        files.run(url)
    assert failed.value.remedy.startswith("The file makes its own transaction read-only")


def test_a_notice_raised_by_a_migration_is_reported(files: Files, url: str) -> None:
    files.write("0001_talk.sql", "do $$ begin raise notice 'half of it is done'; end $$;")
    files.run(url)
    assert "the server reports: half of it is done" in files.reported
