"""The schema as a resource of the stack: a preview must change nothing, a create whose outcome the engine could not
save must be repeatable, and destroying a stack must not destroy a database.
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
from database.errors import DatabaseError
from database.migrations import manifest
from sandbox.postgres import Postgres
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


def test_f30_a_preview_of_a_known_database_lists_what_is_pending_and_writes_nothing(
    files: Files, url: str, query: Query, reader: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files.run(url)
    files.write("0003_three.sql", "alter table public.one add column note text;\ncreate index i on public.one (note);")
    before = catalog(query)
    result = PROVIDER.check({}, inputs(files, reader))
    assert result.failures == []
    assert catalog(query) == before
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "migrations: 0003_three.sql is pending, in one transaction, 2 statements"
    assert "migrations:   locks public.one: access exclusive (reads and writes wait)" in said
    assert any("require-concurrent-index-creation" in line for line in said)
    assert not any("0001_one.sql" in line for line in said)


def test_f30_a_preview_works_while_the_database_does_not_exist_yet(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    result = PROVIDER.check({}, inputs(files, UNKNOWN))
    assert result.failures == []
    said = capsys.readouterr().out
    assert "0001_one.sql is pending" in said
    assert "0002_two.sql is pending" in said


def test_f30_a_preview_works_while_the_database_is_out_of_reach(
    files: Files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("components.migrations.LOOK_SECONDS", 0.1)
    result = PROVIDER.check({}, inputs(files, "postgresql://owner:secret-word@127.0.0.1:1/absent"))
    assert result.failures == []
    said = capsys.readouterr().out
    assert "0002_two.sql is pending" in said
    assert "the list of pending files is from memory" in said
    assert "secret-word" not in said


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda files: files.write("0001_one.sql", "select 1;"), "0001_one.sql was edited after it was applied"),
        (lambda files: files.remove("0001_one.sql"), "0001_one.sql is applied, but its file is missing"),
        (lambda files: files.remove("0002_two.sql"), "the database is newer than these files: it holds 0002_two.sql"),
        (lambda files: files.write("0002_same.sql", "select 1;"), "version 0002 stands twice"),
        (lambda files: files.write("0003_bad.sql", "vacuum;"), "VACUUM cannot run in a transaction"),
        (lambda files: files.write("three.sql", "select 1;"), "three.sql: the name does not fit"),
    ],
)
def test_a_preview_refuses_by_memory_what_a_run_would_refuse(files: Files, change: Any, reason: str) -> None:  # noqa: ANN401
    remembered = inputs(files, UNKNOWN)
    change(files)
    result = PROVIDER.check(remembered, inputs(files, UNKNOWN))
    assert [failure.property for failure in result.failures] == ["directory"]
    assert reason in result.failures[0].reason


def test_a_preview_without_changes_asks_neither_the_files_again_nor_the_database(
    files: Files, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    outs = PROVIDER.create(inputs(files, url)).outs or {}
    news = inputs(files, url)
    capsys.readouterr()
    for path in files.directory.iterdir():
        path.unlink()
    unreachable = news | {"database_url": "postgresql://owner:secret-word@127.0.0.1:1/absent"}
    assert PROVIDER.check(outs, unreachable).failures == []
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
    news = inputs(files, url.replace("test_", "other_")) | {"directory": "elsewhere", "files": {}}
    difference = PROVIDER.diff("id", outs, news)
    assert (difference.changes, difference.replaces) == (True, [])
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


def test_f32_a_refresh_sees_a_tampered_ledger_and_the_next_update_refuses_it(
    files: Files, url: str, query: Query
) -> None:
    created = PROVIDER.create(inputs(files, url))
    outs = created.outs or {}
    assert PROVIDER.read(created.id, outs).outs == outs
    query("update launch.schema_migrations set checksum = repeat('0', 64) where sequence = 2")
    seen = PROVIDER.read(created.id, outs).outs or {}
    assert seen["drift"] == ["ledger row 2 (0002_two.sql) was changed by another hand"]
    assert PROVIDER.diff(created.id, seen, inputs(files, url)).changes
    with pytest.raises(DatabaseError, match="was changed by another hand"):
        PROVIDER.update(created.id, seen, inputs(files, url))


def test_a_refresh_finds_a_ledger_that_is_gone_and_does_not_guess_when_nobody_answers(
    files: Files, url: str, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = PROVIDER.create(inputs(files, url))
    query("drop schema launch cascade")
    gone = PROVIDER.read(created.id, created.outs or {})
    assert (gone.id, gone.outs) == ("", {})
    monkeypatch.setattr("database.connection.WAKE_SECONDS", 0.1)
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
    with pytest.raises(DatabaseError, match="the files changed while this run was under way"):
        PROVIDER.create(planned)
    assert tables() == set()
    assert Path(planned["directory"]).is_dir()
