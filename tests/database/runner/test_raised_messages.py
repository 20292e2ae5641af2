"""Text that a trigger or a block builds from rows belongs in no log; the text of the file itself does.

Prevents: a migration that fails on a tenant's row and prints the row into the build's output.
"""

from __future__ import annotations

import pytest

from database.postgres import DatabaseError
from database.runner.statement_failures import MigrationError
from tests.database.runner.support import Files

ROW = "create table public.people (email text); insert into public.people values ('ada@example.com');"
TRIGGER = (
    "create function public.refuse() returns trigger language plpgsql as $$ begin {body} return new; end $$;"
    "create trigger refuse before update on public.people for each row execute function public.refuse();"
)
UPDATE = "update public.people set email = email;"

BODIES = {
    "a message": "raise exception 'row % is bad', new.email;",
    "another code": "raise exception 'row % is bad', new.email using errcode = '42501';",
    "detail and hint": "raise exception 'bad' using detail = new.email, hint = new.email;",
    "its own words": "raise exception using message = new.email;",
    "an assertion": "assert false, new.email;",
    "a built statement": "execute format('select %I', new.email);",
    "a built statement that is none": "execute new.email;",
    "a cast": "perform new.email::integer;",
    "a notice": "raise notice 'saw %', new.email;",
    "a warning": "raise warning '%', new.email;",
}


@pytest.mark.parametrize("body", BODIES)
def test_a_trigger_s_message_about_a_row_is_not_shown(files: Files, url: str, body: str) -> None:
    files.write("0001_people.sql", ROW + TRIGGER.format(body=BODIES[body]))
    files.run(url)
    files.write("0002_update.sql", UPDATE)
    reported = ""
    try:
        files.run(url)
    except MigrationError as failed:
        reported = str(failed)
        assert "PL/pgSQL function refuse() line 1" in reported
    assert ("notice" in body or "warning" in body) == (reported == "")
    assert "ada@example" not in reported + " ".join(files.reported)


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("raise exception 'row % is bad', e;", "row … is bad (SQLSTATE P0001)"),
        ("raise exception 'stop: 100%% of it''s bad';", "stop: 100% of it's bad (SQLSTATE P0001)"),
        ("raise exception '%', e;", "its text is left out"),
        ("raise exception using message = e;", "its text is left out"),
    ],
)
def test_the_file_s_own_message_is_shown_without_the_values(files: Files, url: str, statement: str, shown: str) -> None:
    block = f"do $$ declare e text; begin select email into e from public.people; {statement} end $$;"
    files.write("0001_block.sql", ROW + block)
    with pytest.raises(MigrationError) as failed:
        files.run(url)
    assert shown in failed.value.what
    assert "ada@example" not in failed.value.what.partition("; in statement")[0]


def test_a_notice_of_the_file_is_shown_without_the_values(files: Files, url: str) -> None:
    block = "do $$ declare e text; begin select email into e from public.people; raise notice 'saw %', e; end $$;"
    files.write("0001_block.sql", ROW + block)
    files.run(url)
    assert "the server reports: saw …" in files.reported


HINDRANCES = {
    "rule": "create rule keep as on insert to launch.schema_migrations do instead nothing",
    "trigger": "create function public.keep() returns trigger language plpgsql as 'begin return null; end'; "
    "create trigger keep before insert on launch.schema_migrations for each row execute function public.keep()",
}


@pytest.mark.parametrize("kind", HINDRANCES)
def test_an_object_that_may_swallow_a_row_of_the_ledger_stops_a_run_before_anything_is_applied(
    files: Files, url: str, kind: str
) -> None:
    files.write("0001_one.sql", HINDRANCES[kind] + ";")
    files.write("0002_two.sql", "create table public.two ();")
    with pytest.raises(DatabaseError, match="lacks this run's records"):
        files.run(url)
    with pytest.raises(DatabaseError, match=f"{kind} keep on launch.schema_migrations may drop") as refused:
        files.run(url)
    assert refused.value.remedy == "Drop it, then run again."
