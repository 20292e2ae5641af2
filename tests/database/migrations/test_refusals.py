"""Forbidden statements are found in a file's text, without a server.

Prevents: a migration that stops half-way, or changes its session, because of a statement that was visible in the file.
"""

from __future__ import annotations

import pytest

from database.migrations.files import FileError, load, manifest
from tests.database.runner.support import Files

HEAD = (
    "--! transaction: none\n\n"
    "--! repeat: until 0 rows\n--! remaining: select count(*) from public.rows where done is null\n"
)
FILL = "update public.rows set done = 1 where id in (select id from public.rows where done is null limit 40);"


def validate(files: Files) -> None:
    """Validate the files as every run and preview does first."""
    for migration in load(files.directory):
        migration.validate()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAD.replace("until 0 rows", "for ever") + FILL, "a batch needs `--! repeat: until 0 rows`"),
        (HEAD.partition("--! remaining")[0] + FILL, "a batch needs `--! repeat: until 0 rows`"),
        (HEAD.replace("--! transaction: none\n", "") + FILL, "repeat needs `--! transaction: none`"),
        (HEAD + "create table public.x ();", "repeat belongs above insert, update, delete or merge only"),
        (HEAD.replace("--! repeat", "-- repeat") + FILL, "directives begin with --! and not with --"),
        (HEAD.replace("--! repeat", "--! repaet") + FILL, "unknown directive repaet"),
        ("--! lock-timeout: 5 minutes\nselect 1;", "'5 minutes' is not a duration like 500ms, 2s or 10min"),
        ("--! lock-timeout: 0\nselect 1;", "a lock-timeout of 0 would wait for ever"),
        ("--! lock-timeout: 0ms\nselect 1;", "a lock-timeout of 0 would wait for ever"),
        ("--! lock-timeout: 00 min\nselect 1;", "a lock-timeout of 0 would wait for ever"),
        ("--! statement-timeout: 50000min\nselect 1;", "50000min is longer than PostgreSQL can wait"),
        ("--! lock-timeout: 2147483648ms\nselect 1;", "2147483648ms is longer than PostgreSQL can wait"),
        (HEAD + f"with u as ({FILL.rstrip(';')} returning 1) select count(*) from u;", "repeat belongs above insert"),
        ("--! transaction: some\nselect 1;", "the directive transaction takes the value none only"),
        ("select 1;\n--! transaction: none\nselect 2;", "directive transaction belongs above the first statement only"),
        (
            "--! baseline\n--! transaction: none\nselect 1;",
            "a baseline is recorded as a whole: it runs in a transaction",
        ),
        ("select 1\n--! transaction: none\n;", "a directive belongs above a statement, not inside one"),
        ("select 1;\n--! pause: 1s\n", "a directive without a statement below it"),
        ("-- nothing yet\n", "the file holds no statement"),
    ],
)
def test_an_ineffective_directive_is_refused(files: Files, text: str, reason: str) -> None:
    files.write("0001_wrong.sql", text)
    with pytest.raises(FileError) as refused:
        validate(files)
    assert reason in refused.value.what
    assert refused.value.where.startswith("0001_wrong.sql:")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("create index concurrently one_id on public.one (id)", "CONCURRENTLY cannot run in a transaction"),
        ("create unique index concurrently if not exists i on public.one (id)", "CONCURRENTLY cannot run"),
        ("drop index concurrently one_id", "CONCURRENTLY cannot run in a transaction"),
        ("reindex (verbose) index concurrently one_id", "CONCURRENTLY cannot run in a transaction"),
        ("reindex (concurrently) table public.one", "an option in parentheses cannot be resumed"),
        ("reindex /* ( */ (verbose, concurrently true) index public.i", "an option in parentheses cannot be resumed"),
        ("cluster", "CLUSTER of all tables cannot run in a transaction"),
        ("cluster verbose", "CLUSTER of all tables cannot run in a transaction"),
        ("cluster (verbose)", "CLUSTER of all tables cannot run in a transaction"),
        ("vacuum analyze public.one", "VACUUM cannot run in a transaction"),
        ("alter system set work_mem = '1GB'", "it does not belong in a migration"),
        ("create database other", "it does not belong in a migration"),
        ("begin", "the runner owns the transaction"),
        ("START  transaction", "the runner owns the transaction"),
        ("commit", "the runner owns the transaction"),
        ("/* x */ rollback", "the runner owns the transaction"),
        ("savepoint s", "the runner owns the transaction"),
        ("set search_path = evil", "a setting of the session would outlive the file"),
        ("set session statement_timeout = 0", "a setting of the session would outlive the file"),
        ("discard all", "a setting of the session would outlive the file"),
        ("copy public.one from stdin", "COPY from or to the client carries no SQL"),
        ("alter table public.one detach partition public.two concurrently", "cannot be resumed safely"),
    ],
)
def test_f13_a_statement_that_cannot_run_in_a_transaction_is_refused_with_its_place(
    files: Files, statement: str, reason: str
) -> None:
    files.write("0002_two.sql", f"create table public.two (id int);\n   {statement};")
    with pytest.raises(FileError) as refused:
        validate(files)
    column = 4 + len("/* x */ ") if statement.startswith("/*") else 4
    assert refused.value.where == f"0002_two.sql:2:{column}"
    assert reason in refused.value.what


@pytest.mark.parametrize("statement", ["begin", "set lock_timeout = 0", "create index concurrently on public.one (id)",
                                       "copy public.one from stdin", "reindex schema concurrently public",
                                       "reindex (concurrently) table public.one", "cluster verbose"])  # fmt: skip
def test_f13_a_file_without_a_transaction_has_its_own_refusals(files: Files, statement: str) -> None:
    files.write("0001_one.sql", f"--! transaction: none\ncreate table public.one (id int);\n{statement};")
    with pytest.raises(FileError) as refused:
        validate(files)
    assert refused.value.where == "0001_one.sql:3:1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("set local transaction_read_only = on;", "the ledger could not be written in a read-only transaction"),
        ("set transaction isolation level serializable, read only;", "the ledger could not be written"),
        ("set session characteristics as transaction isolation level serializable;", "would outlive the file"),
        ("--! transaction: none\ncreate temp table stage ();", "another session and would not find it"),
        ("--! transaction: none\ncreate local temporary view stage as select 1;", "another session"),
        ("--! transaction: none\ncreate or replace temp view stage as select 1;", "another session"),
        ("--! transaction: none\ncreate table pg_temp.stage ();", "another session"),
        ("--! transaction: none\nselect 1 as n into temp stage;", "another session"),
    ],
)
def test_a_statement_whose_effect_would_end_with_its_session_is_refused(files: Files, text: str, reason: str) -> None:
    files.write("0001_wrong.sql", text)
    with pytest.raises(FileError) as refused:
        validate(files)
    assert reason in refused.value.what


def test_a_file_with_a_nul_character_is_refused(files: Files) -> None:
    files.write("0001_nul.sql", b"select 1;\x00")
    with pytest.raises(FileError, match="NUL"):
        load(files.directory)


@pytest.mark.parametrize(
    "name", ["1_one.sql", "0001_one.SQL", "0001-one.sql", "0001_One.sql", "0001_.sql", "one.sql", "R_Two.sql"]
)
def test_an_invalid_name_is_refused_instead_of_ignored(files: Files, name: str) -> None:
    files.write(name, "select 1;")
    with pytest.raises(FileError, match="the name is invalid"):
        load(files.directory)


@pytest.mark.parametrize("kind", ["a folder", "a link that leads nowhere"])
def test_an_unreadable_file_is_refused_by_name(files: Files, kind: str) -> None:
    path = files.directory / "0001_one.sql"
    path.mkdir() if kind == "a folder" else path.symlink_to("absent.sql")
    for look in (load, manifest):
        with pytest.raises(FileError, match="the file cannot be read") as refused:
            look(files.directory)
        assert refused.value.where == str(path)
