"""Before a file runs, people see what it will block. Each named lock is compared with the one that PostgreSQL takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from database.migrations import lint, lock_modes, table_locks
from database.migrations.files import read
from database.postgres.errors import DatabaseError
from database.runner import plan, plan_report
from tests.database.runner.support import Files, Query

FIXTURE = """
create table public.two (id int primary key, b int);
create index two_b on public.two (b);
create table public.one (id int primary key, b int, constraint known check (id > 0) not valid,
    constraint one_two foreign key (b) references public.two);
create table public.three (a int, b int);
create table public.parted (a int, b int) partition by list (a);
create trigger t before update on public.one for each row execute function suppress_redundant_updates_trigger();
create policy p on public.one using (true);
create materialized view public.seen as select 1 as n;
create view public.shown as select id from public.two;
create table public.parent (id int primary key);
create table public.kid (id int references public.parent);
create domain public.word as text;
create table public.words (word public.word);
"""
TRIGGER = "for each row execute function suppress_redundant_updates_trigger()"
STATEMENTS = [
    "alter table public.one add column note text",
    "alter table if exists public.one add note text, alter column note set default 'x'",
    "alter table only public.one add constraint positive check (id > 0) not valid",
    "alter table public.one add constraint q unique (b)",
    "alter table public.one validate constraint known",
    "alter table public.one validate constraint known, alter column b set statistics 100",
    "alter table public.one validate constraint known, add column q int",
    "alter table public.one alter column id set statistics 100",
    "alter table public.one alter id set (n_distinct = 5)",
    "alter table public.one set (fillfactor = 90)",
    "alter table public.one disable trigger user",
    "alter table public.one enable always trigger t",
    "alter table public.one enable row level security",
    "alter table public.one alter constraint one_two deferrable",
    "alter table public.one rename to uno",
    "alter table public.one rename column b to c",
    "alter table public.three add constraint f foreign key (a) references public.two (id) not valid",
    "alter table public.three add foreign key (a) references public.two",
    "alter table public.one add column z int references public.two",
    "alter table public.parted attach partition public.three for values in (3)",
    "alter table public.three inherit public.three_parent",
    "create table public.c (id int references public.one)",
    "create table public.c (id int, foreign key (id) references public.one (id))",
    "create table public.c (id int primary key, up int references public.c) inherits (public.three)",
    "create table public.part partition of public.parted for values in (2)",
    "create table public.c as select * from public.one",
    "create view public.v as select * from public.one",
    "create index one_id on public.one (id)",
    "create unique index on public.one using btree (id)",
    "create statistics public.s on id, b from public.two",
    f"create trigger u before update on public.one {TRIGGER}",
    f"create or replace trigger t before update of b on public.one {TRIGGER}",
    f"create constraint trigger u after insert on public.one {TRIGGER}",
    "alter trigger t on public.one rename to u",
    "drop trigger t on public.one",
    "create rule r as on delete to public.one do instead nothing",
    "create policy q on public.one using (true)",
    "drop policy if exists p on public.one",
    "comment on table public.one is 'x'",
    "comment on column public.one.id is 'x'",
    "insert into public.one values (1)",
    "insert into public.three select id, b from public.two on conflict do nothing",
    "update public.one set id = 2",
    "delete from only public.one where id = 2",
    "with n as (select 1 as id) update public.one set id = n.id from n",
    "with gone as (delete from public.one returning id) insert into public.three select id from gone",
    "merge into public.three using public.two on a = id when matched then update set b = 1",
    "select * from public.one for update",
    "copy public.three (a, b) from '/dev/null'",
    "truncate public.one, public.three",
    "truncate table only public.three restart identity",
    "drop table public.three, public.parted",
    "drop materialized view public.seen",
    "refresh materialized view public.seen",
    "alter materialized view public.seen rename to was_seen",
    "alter materialized view if exists public.seen alter column n set statistics 5, set (fillfactor = 90)",
    "create or replace view public.shown as select id from public.two where id > 0",
    "drop view if exists public.shown",
    "alter table public.one alter b drop default, alter b set default 1",
    "alter domain public.word set default 'x'",
    "alter domain public.word add check (value <> '') not valid",
    "analyze public.one, public.two (b)",
    "cluster public.two using two_b",
    "lock table public.one in access exclusive mode",
    "lock public.one, only public.two in share row exclusive mode",
    "lock table public.one in access share mode",
    "lock public.one",
    "reindex table public.two",
    "reindex (verbose) table public.two",
    "alter index public.two_b rename to two_c",
    "grant select on public.one to public",
    "select 1",
]
PHRASES = {
    "drop index public.two_b": {"the table of index public.two_b": "public.two"},
    "reindex index public.two_b": {"the table of index public.two_b": "public.two"},
    "alter table public.one drop constraint one_two": {
        "the table that constraint one_two refers to, if any": "public.two"
    },
    "alter table public.one drop constraint known": {"the table that constraint known refers to, if any": ""},
    "alter table public.one drop column b": {"tables bound to public.one.b by foreign keys, if any": "public.two"},
    "alter table public.one drop if exists b, add c int": {
        "tables bound to public.one.b by foreign keys, if any": "public.two"
    },
    "alter table public.one alter column id type bigint": {"tables bound to public.one.id by foreign keys, if any": ""},
    "alter table public.one alter b type bigint": {
        "tables bound to public.one.b by foreign keys, if any": "public.two"
    },
    "alter table public.three alter column a set data type bigint": {
        "tables bound to public.three.a by foreign keys, if any": ""
    },
    "alter table public.parent alter column id set data type bigint": {
        "tables bound to public.parent.id by foreign keys, if any": "public.kid"
    },
    "alter domain public.word add check (value <> '')": {
        "tables with columns of domain public.word, if any": "public.words"
    },
    "alter domain public.word set not null": {"tables with columns of domain public.word, if any": "public.words"},
    "drop table public.one": {"tables that public.one refers to, if any": "public.two"},
    "drop table public.three, public.parted": {
        "tables that public.three refers to, if any": "",
        "tables that public.parted refers to, if any": "",
    },
}
"""The affected table, if the statement does not name it."""

TAKEN = """
select c.relnamespace::regnamespace || '.' || c.relname, l.mode
  from pg_locks as l join pg_class as c on c.oid = l.relation
 where l.pid = %s and c.relkind in ('r', 'p', 'm', 'v') and c.relnamespace = 'public'::regnamespace
"""


def _label(mode: str) -> str:
    """`access exclusive` of `AccessExclusiveLock`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in mode.removesuffix("Lock")).strip()


@pytest.mark.parametrize("statement", dict.fromkeys([*STATEMENTS, *PHRASES]))
def test_the_named_locks_are_the_strongest_that_postgresql_takes(
    files: Files, admin: psycopg.Connection[Any], query: Query, statement: str
) -> None:
    query(FIXTURE + ("create table public.three_parent (a int);" if "inherit " in statement else ""))
    database, pid = admin.info.dbname, admin.info.backend_pid
    taken: dict[str, lock_modes.Level] = {}
    levels = {level.label: level for level in lock_modes.Level}
    with psycopg.connect(admin.info.dsn, password=admin.info.password, dbname=database) as watcher:
        query("begin")
        query(statement)
        for table, mode in watcher.execute(TAKEN, (pid,)):  # the earlier names: a table may be renamed or gone
            if level := levels.get(_label(mode)):
                taken[table] = max(level, taken.get(table, level))
        query("rollback")
    files.write("0001_one.sql", statement)
    named = {lock.table: lock.level for lock in table_locks.of_file(read(files.directory / "0001_one.sql"))}
    for phrase, table in PHRASES.get(statement, {}).items():
        level = named.pop(phrase)
        if table:
            named[table] = level
    assert named == taken


@pytest.mark.parametrize(
    "unfinished",
    ["alter table", "alter table public.", "create index", "create rule r as on delete", "lock", "lock one in", "drop",
     "create trigger t", "drop table", "truncate one,", "comment on column", "create table", "'one'", "1",
     "insert into one values ('a', ('b'", "create table one (a text default 'b'"],
)  # fmt: skip
def test_a_statement_that_ends_too_early_is_left_to_the_server_to_refuse(files: Files, unfinished: str) -> None:
    files.write("0001_wrong.sql", unfinished)
    planned = plan.offline(files.directory, {})
    first, *_ = plan_report.lines(planned, files.directory)
    assert first.startswith("0001_wrong.sql is pending")


def test_concurrent_builds_and_batches_block_nobody(files: Files) -> None:
    files.write(
        "0001_quiet.sql",
        "--! transaction: none\ncreate index concurrently i on public.one (id);\ndrop index concurrently public.j;\n"
        "reindex table concurrently public.two;\nvacuum public.three;",
    )
    locks = table_locks.of_file(read(files.directory / "0001_quiet.sql"))
    assert {lock.table: lock.level.effect for lock in locks} == dict.fromkeys(
        ("public.one", "the table of index public.j", "public.two", "public.three"), "nobody waits"
    )


def test_locks_on_tables_that_the_file_itself_makes_are_not_named(files: Files) -> None:
    files.write("0001_new.sql", "create table if not exists public.made (id int);\nalter table public.made add x int;")
    assert table_locks.of_file(read(files.directory / "0001_new.sql")) == []


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


def test_a_missing_squawk_is_reported_instead_of_no_findings(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    monkeypatch.setattr("database.migrations.lint.squawk", lambda: None)
    planned = plan.offline(files.directory, {})
    assert "squawk is not installed: the files were not linted" in list(plan_report.lines(planned, files.directory))
    assert plan_report.document(planned, files.directory)["linted"] is False


def test_a_linter_that_does_not_start_is_named(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write("0001_one.sql", "create table public.one (id bigint);\n")
    program = files.directory / "squawk"
    program.write_text("not executable")
    monkeypatch.setattr("database.migrations.lint.squawk", lambda: program)
    with pytest.raises(DatabaseError, match="squawk failed: Permission denied") as failed:
        list(plan_report.lines(plan.offline(files.directory, {}), files.directory))
    assert failed.value.where == str(program)
