"""Names that must be quoted, and routines of every kind: reported as they are, and repaired.

Prevents: a table with a dot in its name that stops every apply.
"""

from __future__ import annotations

import psycopg
import pytest

from database.isolation.probe import probe
from database.postgres.identifiers import halves
from tests.database.conftest import PASSWORDS, Database


@pytest.mark.parametrize(
    ("text", "separator", "wanted"),
    [
        ("tasks.tasks_select", ".", ("tasks", "tasks_select")),
        ('"We ird.t"."q.""x to y"', ".", ('"We ird.t"', '"q.""x to y"')),
        ('function "f to g"(text) to "a to b"', " to ", ('function "f to g"(text)', '"a to b"')),
    ],
)
def test_a_separator_within_quotes_does_not_split_a_name(text: str, separator: str, wanted: tuple[str, str]) -> None:
    assert halves(text, separator) == wanted
    with pytest.raises(ValueError, match="not found"):
        halves('"a.b"', ".")


def test_odd_names_are_reported_and_their_objects_are_removed(scratch: Database) -> None:
    scratch.execute(
        'create role "a to b"',
        'create table public."We ird.t" ("i.d" int)',
        'create table public."database" (id int)',
        'grant select ("i.d") on public."We ird.t" to prductr_app',
        'grant select on public."database" to public',
        """create function public."Od d.f"(a int) returns int language sql set search_path = pg_catalog, pg_temp
        as 'select 1'""",
        'grant execute on function public."Od d.f"(int) to prductr_app, "a to b"',
        'create policy "po.l" on public.tasks as restrictive using (true)',
        'create policy "q to x" on public."We ird.t" as restrictive using (true)',
        'grant select on public.tasks to "a to b"',
        'create schema "si de"; grant usage on schema "si de" to prductr_app',
    )
    try:
        report = scratch.security().apply(PASSWORDS, tolerated=())
        assert set(report.done) == {
            'prductr_app may select("i.d") on "We ird.t", which is not declared',
            "public may select on database, which is not declared",
            'prductr_app may execute on function "Od d.f"(integer), which is not declared',
            '"a to b" may execute on function "Od d.f"(integer), which is not declared',
            'policy "po.l" on tasks is not declared: restrictive, for all to public using true',
            '"a to b" may select on tasks, which is not declared',
            'prductr_app may usage on schema "si de", which is not declared',
        }
        assert {each.key for each in report.foreign} == {
            'function "Od d.f"(integer)',
            'policy "We ird.t"."q to x"',
            'relation "We ird.t"',
            "relation database",
        }
        assert probe(scratch.app).isolated
    finally:
        scratch.execute_as_superuser('drop owned by "a to b"', 'drop role "a to b"')


def test_a_role_named_owner_is_not_mistaken_for_the_database_s_owner(scratch: Database) -> None:
    before = scratch.security().read()
    scratch.execute(
        "create role owner",
        "grant owner to current_user",
        "grant create, usage on schema public to owner",
        "alter table public.projects owner to owner",
        "alter function public.current_org_id() owner to owner",
        "grant select on public.tasks to owner",
    )
    try:
        assert set(scratch.security().apply(PASSWORDS, tolerated=()).done) == {
            'table projects belongs to "owner" instead of the database\'s owner',
            'function current_org_id() belongs to "owner" instead of the database\'s owner',
            '"owner" may create, usage on schema public, which is not declared',
            '"owner" may select on tasks, which is not declared',
        }
        assert scratch.security().read() == before
        with psycopg.connect(scratch.superuser) as connection:
            ((rights,),) = connection.execute("select relacl::text from pg_class where relname = 'tasks'").fetchall()
        assert "neondb_owner=arwdDxt" in rights
    finally:
        scratch.execute_as_superuser("drop owned by owner", "drop role owner")


def test_routines_of_every_kind_and_their_callers_are_removed_on_request(scratch: Database) -> None:
    scratch.execute(
        "create function public.stops() returns trigger language plpgsql as 'begin return null; end'",
        "create trigger zz before delete on public.tasks for each row execute function public.stops()",
        "create procedure public.proceeds() language sql as 'select 1'",
        "create aggregate public.adds(int) (sfunc = int4pl, stype = int)",
        "create aggregate public.counts(*) (sfunc = int8inc, stype = bigint, initcond = '0')",
        "grant execute on procedure public.proceeds() to prductr_app",
    )
    report = scratch.security().apply(PASSWORDS, remove_foreign=True)
    assert report.foreign == ()
    assert {"function adds(integer) is not declared (security invoker)"} <= set(report.done)
    assert scratch.security().differences() == []
