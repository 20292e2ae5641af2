"""A production database is older than its ledger. A blindly trusted baseline records a schema that may not exist; here
the live structure is compared with the baseline, piece by piece, and recorded only if it is equal.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest

from database.migrations import baseline, preflight
from database.migrations.baseline import BaselineError
from database.migrations.files import FileError
from database.postgres.errors import BusyError, DatabaseError, RefusedError
from database.runner.plan import online
from tests.database.runner.support import Files, Query, Tables
from tests.releases import since

ROOT = Path(__file__).parents[3]
PRODUCTION = ROOT / "sql" / "migrations" / "0001_baseline.sql"
PLAN = "character varying(50) default '{}'::character varying"
TITLE = "character varying(500)"
TRIGGER = (
    "CREATE TRIGGER lost BEFORE INSERT ON public.tasks"
    " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
)
NOT_VALID = """
alter table public.tasks alter column title drop not null;
alter table public.tasks add constraint titled not null title not valid
"""
RULE = "CREATE RULE kept AS\n    ON DELETE TO public.tasks DO INSTEAD NOTHING;"
INDEX = "CREATE INDEX tasks_title ON public.tasks USING btree (title)"


@pytest.fixture
def production(files: Files, url: str) -> None:
    """A database with the baseline's tables, made by somebody else, and data in one of them."""
    shutil.copy(PRODUCTION, files.directory)
    shutil.copy(ROOT / "sql" / "baseline.json", files.directory.parent)
    files.write("0002_next.sql", "create table public.next_one ();")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PRODUCTION.read_bytes())
        connection.execute("insert into public.organizations (id, name, slug) values ('o', 'Org', 'org')")


@pytest.mark.usefixtures("production")
def test_a_matching_database_is_recorded_without_running_the_file(files: Files, url: str, query: Query) -> None:
    planned = online(url, files.directory)
    assert planned.recorded == "0001_baseline.sql"
    assert [migration.name for migration in planned.pending] == ["0001_baseline.sql", "0002_next.sql"]
    assert files.run(url).version == "0002"
    assert query("select name, kind from launch.schema_migrations order by sequence") == [
        ("0001_baseline.sql", "baseline"),
        ("0002_next.sql", "versioned"),
    ]
    assert query("select id from public.organizations") == [("o",)]
    assert files.run(url).ran == ()


def test_an_empty_database_runs_the_baseline(files: Files, url: str, tables: Tables, query: Query) -> None:
    shutil.copy(PRODUCTION, files.directory)
    files.run(url)
    assert query("select kind from launch.schema_migrations") == [("versioned",)]
    assert "organizations" in tables()


@pytest.mark.usefixtures("production")
@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("drop table public.file_conflicts", "file_conflicts: is missing"),
        ("create table public.extra ()", "extra: is not in the baseline"),
        ("create view public.extra as select 1 as one", "extra: is not in the baseline"),
        ("alter table public.tasks add column extra int", "tasks.extra: column is not in the baseline, found integer"),
        ("alter table public.tasks drop column title",
         "tasks.title: column is missing, expected character varying(500) not null"),
        ("alter table public.tasks alter column title type text",
         "tasks.title: column is text not null, expected character varying(500) not null"),
        ("alter table public.tasks alter column title drop not null",
         "tasks.title: column is character varying(500), expected character varying(500) not null"),
        ("alter table public.organizations alter column plan set default 'pro'",
         f"organizations.plan: column is {PLAN.format('pro')}, expected {PLAN.format('free')}"),
        ("alter table public.organizations drop constraint organizations_slug_unique",
         "organizations.organizations_slug_unique: constraint is missing, expected UNIQUE (slug)"),
        ("create index tasks_title on public.tasks (title)",
         f"tasks.tasks_title: index is not in the baseline, found {INDEX}"),
        ('alter table public.tasks alter column title type varchar(500) collate "C"',
         f'tasks.title: column is {TITLE} collate "C" not null, expected {TITLE} not null'),
        pytest.param(NOT_VALID,
         f"tasks.title: column is {TITLE} not null not valid, expected {TITLE} not null",
         marks=since(18, "NOT NULL … NOT VALID")),
        ("alter table public.file_conflicts set unlogged", "file_conflicts: kind is unlogged table, expected table"),
        ("create schema other; create table other.parent (); alter table public.tasks inherit other.parent",
         "tasks: kind is inheriting table, expected table"),
        ("alter table public.tasks owner to pg_monitor", "tasks: owner is pg_monitor, expected the connected role"),
        ("create sequence public.extra", "extra: is not in the baseline"),
        ("create type public.mood as enum ('good')", "mood: is not in the baseline"),
        ("create type public.pair as (one int, two int)", "pair: is not in the baseline"),
        ("create domain public.title as text", "title: is not in the baseline"),
        (TRIGGER,
         f"tasks.lost: trigger is not in the baseline, found {TRIGGER}"),
        ("create rule kept as on delete to public.tasks do instead nothing",
         f"tasks.kept: rule is not in the baseline, found {RULE}"),
        ("alter table public.task_activities disable trigger all",
         "task_activities.of task_activities_task_id_tasks_id_fk: trigger is not in the baseline, found disabled"),
    ],
)  # fmt: skip
def test_a_different_database_is_refused_with_each_difference_and_nothing_is_recorded(
    files: Files, url: str, query: Query, change: str, difference: str
) -> None:
    query(change)
    with pytest.raises(BaselineError) as refused:
        files.run(url)
    assert refused.value.differences == [difference]
    with pytest.raises(BaselineError, match="1 places"):
        online(url, files.directory)
    assert query("select count(*) from launch.schema_migrations") == [(0,)]


@pytest.mark.usefixtures("production")
def test_earlier_policies_and_functions_do_not_count_as_differences(files: Files, url: str, query: Query) -> None:
    query("create function public.current_org_id() returns text language sql as 'select null'")
    query("alter table public.tasks enable row level security")
    query("create policy earlier on public.tasks using (true)")
    assert files.run(url).version == "0002"


def test_the_committed_baseline_matches_the_structure_of_production_s_fifteen_tables() -> None:
    structure = json.loads((ROOT / "sql" / "baseline.json").read_text())
    assert len(structure) == 15
    assert all(table["kind"] == {"kind": "table", "owner": "the connected role"} for table in structure.values())
    assert sum(len(table["columns"]) for table in structure.values()) > 100


def test_types_and_sequences_alone_do_not_make_a_database_older_than_the_ledger(
    files: Files, url: str, query: Query
) -> None:
    shutil.copy(PRODUCTION, files.directory)
    query("create type public.mood as enum ('good'); create sequence public.numbers")
    files.run(url)
    assert query("select kind from launch.schema_migrations") == [("versioned",)]


def test_definitions_of_triggers_and_types_are_part_of_the_structure(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "create type public.mood as enum ('good', 'bad'); create domain public.word as varchar(9);"
            "create table public.a (id int);"
            "create trigger t before update on public.a for each row"
            " execute function suppress_redundant_updates_trigger();"
            "alter table public.a disable trigger t"
        )
        found = baseline.read(connection)
    assert found["mood"]["kind"] == {"kind": "enum (good, bad)"}
    assert found["word"]["kind"] == {"kind": "domain of character varying(9)"}
    assert found["a"]["triggers"]["t"].endswith("(disabled)")


def test_a_baseline_whose_structure_was_never_written_is_refused(files: Files, url: str, query: Query) -> None:
    files.write("0001_base.sql", "--! baseline\ncreate table public.one ();")
    query("create table public.one ()")
    with pytest.raises(Exception, match=r"the structure of the baseline is missing\. Run `launch db snapshot`"):
        files.run(url)


@pytest.mark.parametrize("directive", ["--! baseline", "--!baseline", "--!  baseline"])
@pytest.mark.parametrize("name", ["0002_two.sql", "R_two.sql"])
def test_no_later_file_is_recorded_without_running(files: Files, url: str, name: str, directive: str) -> None:
    files.write("0001_base.sql", "--! baseline\ncreate table public.one ();")
    files.run(url)
    with psycopg.connect(url) as connection:
        (files.directory.parent / "baseline.json").write_text(json.dumps(baseline.read(connection)))
    files.write(name, f"{directive}\ncreate table public.two ();")
    with pytest.raises(FileError, match="only the first file can be the baseline"):
        files.run(url)


def test_a_structure_that_cannot_be_read_is_refused(files: Files, url: str, query: Query) -> None:
    files.write("0001_base.sql", "--! baseline\ncreate table public.one ();")
    (files.directory.parent / "baseline.json").write_text("<<<<<<< ours\n{}\n")
    query("create table public.one ()")
    with pytest.raises(DatabaseError, match=r"baseline cannot be read: .*Run `launch db snapshot`"):
        online(url, files.directory)


@pytest.mark.parametrize(
    "setting",
    ["search_path = ''", "quote_all_identifiers = on", "datestyle = 'German'", "timezone = 'Asia/Tokyo'",
     "intervalstyle = 'iso_8601'", "bytea_output = 'escape'", "extra_float_digits = 0"],
)  # fmt: skip
def test_the_structure_of_two_equal_databases_reads_the_same_whatever_the_settings(url: str, setting: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table public.a (id int primary key default 1, b int references public.a,"
                           " c timestamptz default '2025-03-04', d interval default '1 day', e bytea default '\\x01',"
                           " f float8 default '0.30000000000000004'::float8)")  # fmt: skip
        one = baseline.read(connection)
        connection.execute(f"set {setting}".encode())
        other = baseline.read(connection)
    assert one == other
    assert one["a"]["constraints"]["a_b_fkey"] == "FOREIGN KEY (b) REFERENCES a(id)"


@pytest.mark.usefixtures("production")
def test_neither_a_preview_nor_a_run_waits_for_ever_for_a_table_locked_by_another_session(
    files: Files, url: str, admin: psycopg.Connection[Any], query: Query
) -> None:
    with admin.transaction():
        query("lock table public.tasks in access exclusive mode")
        with pytest.raises(BusyError, match="a table is locked by another session"):
            online(url, files.directory)
        with pytest.raises(RefusedError, match="End the session that holds the table"):
            files.run(url)
    assert files.run(url).version == "0002"


@pytest.mark.usefixtures("production")
def test_a_table_of_neon_s_own_stops_a_takeover_until_it_is_moved_as_documented(
    files: Files, url: str, query: Query
) -> None:
    """docs/taking-over-production.md, "Unknown tables"."""
    query("create table public.playing_with_neon (id serial primary key, name text not null, value real)")
    query("alter table public.playing_with_neon owner to current_user")
    for attempt in (lambda: online(url, files.directory), lambda: files.run(url)):
        with pytest.raises(BaselineError, match="playing_with_neon: is not in the baseline"):
            attempt()
    page = (ROOT / "docs" / "taking-over-production.md").read_text()
    (moved,) = re.findall(r"```sql\n(create schema [^`]*)```", page)
    for statement in filter(str.strip, moved.split(";")):
        query(statement)
    assert files.run(url).version == "0002"
    assert query("select count(*) from aside.playing_with_neon") == [(0,)]


@pytest.fixture
def doubled(files: Files, url: str) -> None:
    """Production with a user who is a member twice, and rows that belong to two organizations."""
    shutil.copytree(ROOT / "sql", files.directory.parent, dirs_exist_ok=True)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(PRODUCTION.read_bytes())
        for statement in (
            "insert into organizations (id, name, slug) values ('o', 'o', 'o'), ('q', 'q', 'q')",
            "insert into organization_members values ('m1', 'o', 'u', 'member'), ('m2', 'o', 'u', 'owner')",
            "insert into organization_members values ('m3', 'q', 'u', 'owner')",
            "insert into projects (id, organization_id, name, slug) values ('p', 'o', 'p', 'p')",
            "insert into cost_events values ('c', 'q', 'p', 'a', 't', 'm', 0, 0, 0)",
        ):
            connection.execute(statement)


@pytest.mark.usefixtures("doubled")
def test_rows_that_a_migration_would_delete_or_refuse_are_listed_before_anything_is_changed(
    files: Files, url: str, query: Query
) -> None:
    second = "is a second membership (member) of user u in organization o; m2 stays"
    expected = [
        "cost_events c: its organization is not that of its project (0006_tenant_foreign_keys.sql)",
        f"organization_members m1: {second} (0008_membership.sql)",
    ]
    for attempt in (lambda: online(url, files.directory), lambda: files.run(url)):
        with pytest.raises(preflight.PreflightError) as refused:
            attempt()
        assert refused.value.findings == expected
    assert query("select count(*) from organization_members") == [(3,)]
    assert query("select count(*) from launch.schema_migrations") == [(0,)]
    query("delete from organization_members where id = 'm1'")
    query("update cost_events set organization_id = 'o'")
    assert len(online(url, files.directory).pending) >= 11
    files.run(url)
    assert query("select id from organization_members order by 1") == [("m2",), ("m3",)]


def test_every_check_of_rows_belongs_to_an_existing_file() -> None:
    queries = {path.name for path in (ROOT / "sql" / "preflight").glob("*")}
    assert queries
    assert queries <= {path.name for path in (ROOT / "sql" / "migrations").glob("*.sql")}
