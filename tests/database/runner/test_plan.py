"""Before a file runs, people see what it will hold up. Each lock named is compared with what PostgreSQL takes."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from database import lint, lock_levels, plan, preview
from database.migrations import read
from tests.database.runner.support import Files

STATEMENTS = [
    "alter table public.one add column note text",
    "alter table public.one alter column id type bigint",
    "alter table only public.one add constraint positive check (id > 0) not valid",
    "alter table public.one validate constraint known",
    "alter table public.one alter column id set statistics 100",
    "alter table public.one disable trigger user",
    "alter table public.one enable row level security",
    "alter table public.one add constraint f foreign key (id) references public.two (id) not valid",
    "create index one_id on public.one (id)",
    "create unique index on public.one using btree (id)",
    "create trigger t before update on public.one for each row execute function suppress_redundant_updates_trigger()",
    "create policy p on public.one using (true)",
    "comment on table public.one is 'x'",
    "insert into public.one values (1)",
    "update public.one set id = 2",
    "delete from public.one where id = 2",
    "truncate public.one",
    "drop table public.two cascade",
    "analyze public.one",
    "lock table public.one in access exclusive mode",
]
TAKEN = """
select c.relnamespace::regnamespace || '.' || c.relname, l.mode
  from pg_locks as l join pg_class as c on c.oid = l.relation
 where l.pid = pg_backend_pid() and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace
"""


def _label(mode: str) -> str:
    """`access exclusive` of `AccessExclusiveLock`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in mode.removesuffix("Lock")).strip()


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_named_lock_is_the_strongest_that_postgresql_takes(files: Files, url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "create table public.one (id int primary key, constraint known check (id > 0) not valid);"
            "create table public.two (id int primary key)"
        )
        connection.commit()
        connection.execute(statement.encode())
        strongest: dict[str, lock_levels.Level] = {}
        levels = {level.label: level for level in lock_levels.Level}
        for table, mode in connection.execute(TAKEN):
            level = levels.get(_label(mode))
            if level is not None:
                strongest[table] = max(level, strongest.get(table, level))
        connection.rollback()
    files.write("0001_one.sql", statement)
    named = {lock.table: lock.level for lock in lock_levels.of_file(read(files.directory / "0001_one.sql"))}
    assert named["public.one" if "public.one" in named else "public.two"]
    for table, level in named.items():
        assert strongest.get(table, level) == level, table


def test_concurrent_builds_and_batches_hold_nobody_up(files: Files) -> None:
    files.write(
        "0001_quiet.sql",
        "--! transaction: none\ncreate index concurrently i on public.one (id);\ndrop index concurrently public.j;\n"
        "reindex table concurrently public.two;\nvacuum public.three;",
    )
    locks = lock_levels.of_file(read(files.directory / "0001_quiet.sql"))
    assert {lock.table: lock.level.effect for lock in locks} == dict.fromkeys(
        ("public.one", "public.two", "public.three"), "nobody waits"
    )


def test_locks_on_tables_that_the_file_itself_makes_are_not_named(files: Files) -> None:
    files.write("0001_new.sql", "create table if not exists public.made (id int);\nalter table public.made add x int;")
    assert lock_levels.of_file(read(files.directory / "0001_new.sql")) == []


def test_the_linter_finds_a_dangerous_statement_with_its_place_and_is_silenced_by_the_runner_s_own_guards(
    files: Files,
) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    files.write("0002_index.sql", "alter table public.one add column x text;\n\ncreate index i on public.one (x);\n")
    config = Path(__file__).parents[3] / ".squawk.toml"
    found = lint.findings(plan.offline(files.directory, {}).pending, files.directory, config=config)
    assert found is not None
    assert [(one.file, one.line, one.column, one.rule) for one in found] == [
        ("0002_index.sql", 3, 1, "require-concurrent-index-creation")
    ]


def test_a_machine_without_squawk_says_so_instead_of_finding_nothing(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    monkeypatch.setattr("database.lint.squawk", lambda: None)
    planned = plan.offline(files.directory, {})
    assert "squawk is not installed: the files were not linted" in list(preview.lines(planned, files.directory))
    assert preview.document(planned, files.directory)["linted"] is False
