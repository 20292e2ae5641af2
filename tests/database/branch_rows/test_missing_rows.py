"""Rows deleted by mistake. Prevents: a rescue that reverts later writes."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from database.branch_rows import MissingRows, RescueError
from database.branch_rows.missing_rows import _SHAPE
from tests.database.conftest import A, Database, copy

TABLES = ("projects", "tasks", "task_activities")


@pytest.fixture
def then(template: Database) -> Iterator[Database]:
    """A branch at the time before the deletion."""
    yield from copy(template)


def query(database: Database, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.owner) as connection:
        return connection.execute(text.encode()).fetchall()


def test_deleted_rows_come_back_as_they_were_and_later_writes_stay(then: Database, scratch: Database) -> None:
    project, task = A.id("projects"), A.id("tasks")
    dependants = query(
        then,
        "select conrelid::regclass::text from pg_constraint"
        " where confrelid in ('projects'::regclass, 'tasks'::regclass)"
        " and contype = 'f' and conrelid not in ('projects'::regclass, 'tasks'::regclass)",
    )
    for (table,) in sorted(set(dependants)):
        scratch.execute(f"delete from {table} where true")
    scratch.execute(
        f"delete from public.tasks where project_id = '{project}'",
        f"delete from public.projects where id = '{project}'",
    )
    scratch.execute("update public.organizations set name = 'Written since'")
    missing = MissingRows(then.owner, scratch.owner)
    assert missing.count(TABLES)["projects"] == 1
    assert query(scratch, f"select 1 from public.projects where id = '{project}'") == []
    assert missing.bring_back(TABLES) == {"projects": 1, "tasks": 1, "task_activities": 2}
    for table, id_ in (("projects", project), ("tasks", task)):
        text = f"select to_jsonb(t) from public.{table} t where id = '{id_}'"
        assert query(scratch, text) == query(then, text)
    assert query(scratch, "select distinct name from public.organizations") == [("Written since",)]
    assert missing.count(TABLES) == dict.fromkeys(TABLES, 0)


def test_a_child_without_its_parent_is_refused_and_nothing_is_changed(then: Database, scratch: Database) -> None:
    scratch.execute("truncate public.projects cascade")
    with pytest.raises(RescueError, match="refers to one that is gone"):
        MissingRows(then.owner, scratch.owner).bring_back(["tasks"])
    assert query(scratch, "select count(*) from public.tasks") == [(0,)]


@pytest.mark.parametrize(
    ("table", "before", "message"),
    [
        ("nothing", "select 1", "there is no table public.nothing"),
        ("users; drop table users", "select 1", "there is no table"),
        ("analytics_daily", "select 1", "there is no table"),
        ("user_secrets", "alter table public.user_secrets drop column provider", "has no provider any more"),
    ],
)
def test_rows_that_cannot_be_restored_are_reported(
    then: Database, scratch: Database, table: str, before: str, message: str
) -> None:
    scratch.execute(before)
    with pytest.raises(RescueError, match=message):
        MissingRows(then.owner, scratch.owner).bring_back([table])


def test_a_table_without_a_key_is_refused(then: Database, scratch: Database) -> None:
    assert "indisprimary" in _SHAPE
    for each in (then, scratch):
        each.execute("create table public.loose (what text)")
    with pytest.raises(RescueError, match=r"public\.loose has no primary key"):
        MissingRows(then.owner, scratch.owner).count(["loose"])
