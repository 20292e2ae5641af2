"""The schema as a resource of the stack: a preview must change nothing, a create whose outcome the engine could not
save must be repeatable, and the destruction of a stack must not destroy a database.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pulumi.output import Unknown

from components.migrations import MigrationsProvider
from database.migrations.files import manifest
from database.postgres.errors import DatabaseError
from sandbox.postgres.server import Postgres
from tests.database.runner.support import Background, Files, Query, Tables, owned_database

PROVIDER = MigrationsProvider()
UNKNOWN = Unknown()  # type: ignore[no-untyped-call]  # the SDK's own


def inputs(files: Files, url: object) -> dict[str, Any]:
    return {"database_url": url, "directory": str(files.directory), "files": manifest(files.directory)}


@pytest.fixture(autouse=True)
def two_files(files: Files) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint primary key);\n")
    files.write("0002_two.sql", "create table public.two (id bigint primary key);\n")


@pytest.fixture
def reader(admin: psycopg.Connection[Any], url: str, query: Query) -> Iterator[str]:
    """The URL of a role that may read everything and write nothing."""
    [(name,)] = query("select current_database()")
    query(f"create role reader_{name} login password 'reader-password' in role pg_read_all_data")
    query(f"alter role reader_{name} set default_transaction_read_only = on")
    yield url.replace(url.partition("//")[2].partition("@")[0], f"reader_{name}:reader-password")
    query(f"drop role reader_{name}")
    assert not admin.closed


def catalog(query: Query) -> list[tuple[Any, ...]]:
    return query("select oid, relname, xmin from pg_class order by oid")


def test_f30_a_preview_of_a_known_database_lists_pending_files_and_writes_nothing(
    files: Files, url: str, query: Query, reader: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files.run(url)
    files.write("0003_three.sql", "alter table public.one add column note text;\ncreate index i on public.one (note);")
    before = catalog(query)
    result = PROVIDER.check({}, inputs(files, reader))
    assert result.failures == []
    assert catalog(query) == before
    output = capsys.readouterr().out.splitlines()
    assert output[0] == "migrations: 0003_three.sql is pending, in one transaction, 2 statements"
    assert "migrations:   locks public.one: access exclusive (reads and writes wait)" in output
    assert any("require-concurrent-index-creation" in line for line in output)
    assert not any("0001_one.sql" in line for line in output)


def test_f30_a_preview_works_while_the_database_does_not_exist_yet(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    result = PROVIDER.check({}, inputs(files, UNKNOWN))
    assert result.failures == []
    output = capsys.readouterr().out
    assert "0001_one.sql is pending" in output
    assert "0002_two.sql is pending" in output


def test_f30_a_preview_works_while_the_database_is_out_of_reach(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("components.migrations.LOOK_SECONDS", 0.1)
    result = PROVIDER.check({}, inputs(files, "postgresql://owner:secret-word@127.0.0.1:1/absent"))
    assert result.failures == []
    output = capsys.readouterr().out
    assert "0002_two.sql is pending" in output
    assert "the list of pending files is from the state" in output
    assert "secret-word" not in output


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda files: files.write("0001_one.sql", "select 1;"), "0001_one.sql was edited after it was applied"),
        (lambda files: files.remove("0001_one.sql"), "0001_one.sql is applied, but its file is missing"),
        (lambda files: files.remove("0002_two.sql"), "the database is newer than these files: it holds 0002_two.sql"),
        (lambda files: files.write("0002_same.sql", "select 1;"), "version 0002 appears twice"),
        (lambda files: files.write("0003_bad.sql", "vacuum;"), "VACUUM cannot run in a transaction"),
        (lambda files: files.write("three.sql", "select 1;"), "three.sql: the name is invalid"),
    ],
)
def test_a_preview_refuses_from_memory_the_same_files_as_a_run(files: Files, change: Any, reason: str) -> None:  # noqa: ANN401
    remembered = inputs(files, UNKNOWN)
    change(files)
    result = PROVIDER.check(remembered, inputs(files, UNKNOWN))
    assert [failure.property for failure in result.failures] == ["directory"]
    assert reason in result.failures[0].reason


def test_a_preview_without_changes_reads_neither_the_files_again_nor_the_database(
    files: Files, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    unreachable = {"database_url": "postgresql://owner:secret-word@127.0.0.1:1/absent"}
    outs = (PROVIDER.create(inputs(files, url)).outs or {}) | unreachable
    news = inputs(files, url) | unreachable
    capsys.readouterr()
    for path in files.directory.iterdir():
        path.unlink()
    assert PROVIDER.check(news, news).failures == []
    assert PROVIDER.diff("id", outs, news).changes is False
    assert capsys.readouterr().out == ""


def test_two_previews_at_once_do_not_disturb_each_other(files: Files, url: str) -> None:
    previews = [Background(lambda: PROVIDER.check({}, inputs(files, url))) for _ in range(2)]
    assert [preview.outcome() for preview in previews] == [None, None]
    assert files.run(url).version == "0002"


def test_f31_a_create_whose_outcome_was_never_saved_is_repeated_without_effect(
    files: Files, url: str, query: Query
) -> None:
    first = PROVIDER.create(inputs(files, url))
    rows = query("select * from launch.schema_migrations order by sequence")
    again = PROVIDER.create(inputs(files, url))
    assert (again.id, again.outs) == (first.id, first.outs)
    assert query("select * from launch.schema_migrations order by sequence") == rows
    assert first.outs is not None
    assert first.outs["version"] == "0002"
    assert first.outs["applied"] == ["0001_one.sql", "0002_two.sql"]


def test_f32_destroying_the_resource_drops_nothing(files: Files, url: str, query: Query, tables: Tables) -> None:
    created = PROVIDER.create(inputs(files, url))
    query("insert into public.one values (1)")
    assert created.outs is not None
    PROVIDER.delete(created.id, created.outs)
    PROVIDER.delete(created.id, created.outs)
    assert query("select id from public.one") == [(1,)]
    assert query("select count(*) from launch.schema_migrations") == [(2,)]
    assert PROVIDER.create(inputs(files, url)).id == created.id
    assert {"one", "two"} <= tables()


def test_f32_neither_files_nor_url_make_it_a_replacement(files: Files, url: str) -> None:
    outs = PROVIDER.create(inputs(files, url)).outs or {}
    files.write("0003_three.sql", "create table public.three ();")
    difference = PROVIDER.diff("id", outs, inputs(files, url + "&connect_timeout=9"))
    assert (difference.changes, difference.replaces) == (True, [])
    files.remove("0003_three.sql")
    assert PROVIDER.diff("id", outs, inputs(files, url)).changes is False


def test_f32_a_database_that_the_stack_makes_anew_is_a_replacement_that_drops_nothing(
    files: Files, url: str, postgres: Postgres, tables: Tables
) -> None:
    created = PROVIDER.create(inputs(files, url) | {"database_id": "quiet-river-1"})
    outs = created.outs or {}
    same = inputs(files, url) | {"database_id": "quiet-river-1"}
    assert PROVIDER.diff(created.id, outs, same).changes is False
    for database_id in ("still-lake-2", UNKNOWN):
        difference = PROVIDER.diff(created.id, outs, same | {"database_id": database_id})
        assert (difference.changes, difference.replaces) == (True, ["database_id"])
    with owned_database(postgres) as other:
        again = PROVIDER.create(inputs(files, other) | {"database_id": "still-lake-2"})
    PROVIDER.delete(created.id, outs)
    assert again.id != created.id
    assert {"one", "two"} <= tables()


def test_f32_a_refresh_detects_a_tampered_ledger_and_the_next_update_refuses_it(
    files: Files, url: str, query: Query
) -> None:
    created = PROVIDER.create(inputs(files, url))
    outs = created.outs or {}
    assert PROVIDER.read(created.id, outs).outs == outs
    query("update launch.schema_migrations set checksum = repeat('0', 64) where sequence = 2")
    seen = PROVIDER.read(created.id, outs).outs or {}
    assert seen["drift"] == ["ledger row 2 (0002_two.sql) was changed from outside"]
    assert PROVIDER.diff(created.id, seen, inputs(files, url)).changes
    with pytest.raises(DatabaseError, match="was changed from outside"):
        PROVIDER.update(created.id, seen, inputs(files, url))


def test_f09_a_refresh_detects_a_truncated_ledger_and_no_update_applies_the_file_again(
    files: Files, url: str, query: Query
) -> None:
    created = PROVIDER.create(inputs(files, url))
    query("delete from launch.schema_migrations where sequence = 2")
    query("drop table public.two")
    seen = PROVIDER.read(created.id, created.outs or {}).outs or {}
    finding = "the ledger no longer holds 0002_two.sql as it was applied"
    assert (seen["drift"], seen["applied"], seen["version"]) == ([finding], ["0001_one.sql"], "0001")
    assert PROVIDER.diff(created.id, seen, inputs(files, url)).changes
    for state in (created.outs or {}, seen):  # with and without a refresh
        with pytest.raises(DatabaseError, match=finding) as refused:
            PROVIDER.update(created.id, state, inputs(files, url))
        assert "replace the Migrations resource too" in str(refused.value)
    assert PROVIDER.create(inputs(files, url)).outs == created.outs  # as a replacement does


def test_f07_a_removed_repeatable_file_is_forgotten_and_is_no_permanent_difference(files: Files, url: str) -> None:
    files.write("R_view.sql", "create or replace view public.v as select 1 as one;")
    created = PROVIDER.create(inputs(files, url))
    files.remove("R_view.sql")
    assert PROVIDER.check(inputs(files, url), inputs(files, url)).failures == []
    assert PROVIDER.diff(created.id, created.outs or {}, inputs(files, url)).changes
    outs = PROVIDER.update(created.id, created.outs or {}, inputs(files, url)).outs or {}
    assert outs["applied"] == ["0001_one.sql", "0002_two.sql", "R_view.sql"]  # the database has the view still
    for state in (outs, PROVIDER.read(created.id, outs).outs or {}):
        assert PROVIDER.diff(created.id, state, inputs(files, url)).changes is False


POOLED = "postgresql://owner:secret-word@ep-cool-rain-123-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require"


@pytest.mark.parametrize("known", [False, True], ids=["first preview", "unchanged files"])
def test_f28_a_preview_refuses_a_pooled_host(files: Files, url: str, known: bool) -> None:
    result = PROVIDER.check(inputs(files, url) if known else {}, inputs(files, POOLED))
    assert [failure.property for failure in result.failures] == ["database_url"]
    assert "Use the direct host ep-cool-rain-123.eu-central-1.aws.neon.tech." in result.failures[0].reason
    assert "secret-word" not in result.failures[0].reason


@pytest.mark.parametrize("new_file", [False, True], ids=["unchanged files", "a new file"])
def test_f29_a_preview_refuses_a_database_other_than_the_remembered_one(
    files: Files, url: str, postgres: Postgres, new_file: bool
) -> None:
    outs = PROVIDER.create(inputs(files, url) | {"database_id": "quiet-river-1"}).outs or {}
    with owned_database(postgres) as other:
        files.run(other)
        if new_file:
            files.write("0003_three.sql", "create table public.three ();")
        news = inputs(files, other) | {"database_id": "quiet-river-1"}
        with pytest.raises(DatabaseError, match="this is another database"):
            PROVIDER.diff("id", outs, news)
        anew = PROVIDER.diff("id", outs, news | {"database_id": "still-lake-2"})
    assert anew.replaces == ["database_id"]  # the stack itself made another one


def test_a_preview_of_a_known_resource_lists_the_files_that_the_database_itself_lacks(
    files: Files, url: str, query: Query, capsys: pytest.CaptureFixture[str]
) -> None:
    remembered = inputs(files, url)
    outs = PROVIDER.create(remembered).outs or {}
    files.write("0003_three.sql", "create table public.three ();")
    files.run(url)  # by another hand
    files.write("0004_four.sql", "create table public.four ();")
    before = catalog(query)
    capsys.readouterr()
    assert PROVIDER.check(remembered, inputs(files, url)).failures == []
    assert PROVIDER.diff("id", outs, inputs(files, url)).changes
    assert capsys.readouterr().out.splitlines() == [
        "migrations: 0004_four.sql is pending, in one transaction, 1 statement"
    ]
    assert catalog(query) == before


def test_a_preview_that_cannot_query_a_new_url_reports_that(
    files: Files, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = PROVIDER.create(inputs(files, url)).outs or {}
    monkeypatch.setattr("components.migrations.LOOK_SECONDS", 0.1)
    moved = inputs(files, "postgresql://owner:secret-word@127.0.0.1:1/absent")
    assert PROVIDER.diff("id", outs, moved).changes
    output = capsys.readouterr().out
    assert "could not check whether it is the same database" in output
    assert "secret-word" not in output


def test_a_refresh_detects_a_missing_ledger_and_does_not_guess_when_the_server_is_silent(
    files: Files, url: str, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = PROVIDER.create(inputs(files, url))
    query("drop schema launch cascade")
    gone = PROVIDER.read(created.id, created.outs or {})
    assert (gone.id, gone.outs) == ("", {})
    monkeypatch.setattr("database.postgres.connection.WAKE_SECONDS", 0.1)
    unreachable = (created.outs or {}) | {"database_url": "postgresql://owner:secret-word@127.0.0.1:1/absent"}
    with pytest.raises(DatabaseError) as failed:
        PROVIDER.read(created.id, unreachable)
    assert "secret-word" not in str(failed.value)


def test_an_update_remembers_which_database_it_was(files: Files, url: str, query: Query) -> None:
    created = PROVIDER.create(inputs(files, url))
    query("update launch.database set id = gen_random_uuid()")
    with pytest.raises(DatabaseError, match="this is another database"):
        PROVIDER.update(created.id, created.outs or {}, inputs(files, url))
    seen = PROVIDER.read(created.id, created.outs or {}).outs or {}
    assert "this is another database" in seen["drift"][0]


def test_the_outputs_hold_the_url_only_under_the_name_of_the_secret_input(files: Files, url: str) -> None:
    outs = PROVIDER.create(inputs(files, url)).outs or {}
    outs.pop("database_url")
    password = url.partition("//")[2].partition("@")[0].partition(":")[2]
    assert password not in json.dumps(outs)


def test_files_that_change_between_preview_and_run_are_refused(files: Files, url: str, tables: Tables) -> None:
    planned = inputs(files, url)
    files.write("0002_two.sql", "create table public.sneaked_in ();")
    with pytest.raises(DatabaseError, match="the files changed during this run"):
        PROVIDER.create(planned)
    assert tables() == set()
    assert Path(planned["directory"]).is_dir()
