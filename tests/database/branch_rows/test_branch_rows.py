"""Rows of a branch before anybody sees it. Prevents: a customer's row, or production's password, in a review."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from database.branch_rows import BranchRows, MaskError, load
from database.branch_rows.branch_rows import KEPT
from database.postgres import SecurityError
from tests.database.conftest import Database

MASKS = Path("sql/review/masks.json")
KEPT_WORDS = {
    *("status", "provider", "model", "strategy", "resolution", "resolved_by", "conflict_strategy", "role", "plan"),
    *("priority", "assigned_to", "created_by", "blocked_by", "dependencies", "action", "type", "event_type"),
    "auth_provider",
}
"""Text columns that masking leaves unchanged: the application's own words, and ids."""
SECRET = "Ada Lovelace of Acme"


@pytest.fixture
def branch(scratch: Database) -> Database:
    """A copy of a production with a customer's name in every column that accepts it."""
    for table, column in texts(scratch):
        statement = f"update {table} set {column} = left('{SECRET} ' || md5(ctid::text), 50) where true"
        try:
            scratch.execute(f"begin; {statement}; commit")
        except psycopg.Error:
            continue  # a key, or protected by a constraint or trigger
    scratch.execute("analyze")
    assert held(scratch) > 20
    return scratch


def rows(database: Database) -> BranchRows:
    return BranchRows(database.owner, "br-of-a-review")


def texts(database: Database) -> list[tuple[str, str]]:
    """Return every column that may contain a customer's text."""
    with psycopg.connect(database.owner) as connection:
        found = connection.execute(
            """select format('%I.%I', table_schema, table_name), quote_ident(column_name)
               from information_schema.columns join information_schema.tables using (table_schema, table_name)
               where table_schema = 'public' and table_type = 'BASE TABLE' and is_generated = 'NEVER'
                 and data_type in ('text', 'character varying') and column_name !~ '(^|_)id$'
                 and table_name not in ('rate_limit_plans', 'upkeep_jobs')"""
        ).fetchall()
    assert {column for _, column in found} > KEPT_WORDS
    return [(table, column) for table, column in found if column not in KEPT_WORDS]


def held(database: Database) -> int:
    """Return the number of columns that contain the customer's name, the planner's samples included."""
    found = 0
    with psycopg.connect(database.owner) as connection:
        for table, column in texts(database):
            row = connection.execute(
                f"select exists (select from {table} where {column} like '%{SECRET[:12]}%')".encode()
            )
            found += bool(row.fetchall()[0][0])
        sampled = connection.execute(
            "select count(*) from pg_stats where concat(most_common_vals::text, histogram_bounds::text) like %s",
            (f"%{SECRET[:12]}%",),
        ).fetchall()
        if connection.info.server_version >= 180_000:
            found += int(sampled[0][0])
    return found


def test_a_purge_leaves_rows_only_in_the_ledger_and_the_plans(branch: Database) -> None:
    assert rows(branch).purge() > 15
    with psycopg.connect(branch.owner) as connection:
        tables = connection.execute(
            "select format('%s.%s', schemaname, tablename) from pg_tables where schemaname in ('public', 'launch')"
        ).fetchall()
        full = {name for (name,) in tables if connection.execute(f"select 1 from {name} limit 1".encode()).fetchone()}
    assert full == KEPT
    assert held(branch) == 0


def test_masking_keeps_every_row_and_no_name_of_a_customer(branch: Database) -> None:
    counted = "select (select count(*) from public.users), (select count(*) from public.tasks)"
    with psycopg.connect(branch.owner) as connection:
        before = connection.execute(counted.encode()).fetchall()
    rows(branch).mask(load(MASKS))
    with psycopg.connect(branch.owner) as connection:
        assert connection.execute(counted.encode()).fetchall() == before
        secrets = connection.execute("select count(*) from public.user_secrets").fetchall()
    assert secrets == [(0,)]
    assert held(branch) == 0


def test_no_trigger_or_rule_carries_a_name_past_the_masks(branch: Database) -> None:
    copies = "update public.organizations set name = old.name where true;"
    branch.execute(
        "create function public.copied() returns trigger language plpgsql as"
        f" $$ begin {copies} insert into public.notifications_of_nobody values (old.name); return new; end $$",
        "create table public.notifications_of_nobody (what text)",
        "create trigger copied before update on public.users for each row execute function public.copied()",
        "alter table public.users enable always trigger copied",
        f"create rule copied as on update to public.projects do also {copies.replace('old.name', 'old.description')}",
    )
    masks = {**load(MASKS), "public.notifications_of_nobody": "purge"}
    rows(branch).mask(masks)
    assert held(branch) == 0
    enabled = "select tgenabled::text from pg_trigger where tgname = 'copied'"
    with psycopg.connect(branch.owner) as connection:
        assert connection.execute(enabled).fetchall() == [("A",)]
        rule = connection.execute("select ev_enabled::text from pg_rewrite where rulename = 'copied'").fetchall()
        assert rule == [("O",)]
        assert connection.execute("select count(*) from public.notifications_of_nobody").fetchall() == [(0,)]


def test_an_undeclared_column_stops_the_masking_and_changes_nothing(branch: Database) -> None:
    branch.execute("alter table public.users add column phone text", "create table public.notes (id text)")
    before = held(branch)
    with pytest.raises(MaskError, match=r"no mask is declared for public\.notes, public\.users\.phone"):
        rows(branch).mask(load(MASKS))
    assert held(branch) == before


def test_a_materialized_view_and_a_large_object_lose_their_rows_too(branch: Database) -> None:
    branch.execute(
        "create materialized view public.copies as select * from public.users",
        f"select lo_from_bytea(0, '{SECRET}')",
    )
    rows(branch).purge()
    with psycopg.connect(branch.owner) as connection:
        assert connection.execute("select count(*) from public.copies").fetchall() == [(0,)]
        assert connection.execute("select count(*) from pg_largeobject_metadata").fetchall() == [(0,)]


def test_a_foreign_table_is_refused_since_a_branch_would_reach_the_same_server(branch: Database) -> None:
    branch.execute_as_superuser(
        "create extension postgres_fdw",
        "create server far foreign data wrapper postgres_fdw",
        "create foreign table public.far (id text) server far",
    )
    with pytest.raises(SecurityError, match=r"public\.far"):
        rows(branch).purge()
    assert held(branch) > 20


def test_no_password_of_production_is_accepted(branch: Database) -> None:
    rows(branch).forget_passwords()
    for url in (branch.app, branch.service):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url)
    psycopg.connect(branch.owner).close()


def test_a_row_made_by_a_trigger_stops_the_purge(branch: Database) -> None:
    branch.execute(
        "create table public.log (what text)",
        "create function public.logged() returns trigger language plpgsql as"
        " $$ begin insert into public.log values ('x'); return null; end $$",
        "create trigger logged after truncate on public.tasks execute function public.logged()",
    )
    with pytest.raises(SecurityError, match=r"rows are left in public\.log"):
        rows(branch).purge()
    assert held(branch) > 20


def test_a_branch_other_than_the_named_one_is_left_alone(branch: Database) -> None:
    branch.execute_as_superuser(f"alter database {branch.name} set neon.branch_id = 'br-production'")
    for work in (rows(branch).purge, rows(branch).forget_passwords, lambda: rows(branch).mask(load(MASKS))):
        with pytest.raises(SecurityError, match="leads to branch br-production"):
            work()
    assert held(branch) > 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "it is not an object"),
        ("{", "cannot be read"),
        ('{"public.users": "drop"}', "public.users: 'drop'"),
        ('{"public.users": {"email": "shred"}}', "public.users.email: 'shred'"),
    ],
)
def test_a_malformed_declaration_is_refused_with_a_clear_error(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "masks.json"
    file.write_text(text)
    with pytest.raises(MaskError) as raised:
        load(file)
    assert message in raised.value.what


def test_the_declaration_names_every_column_of_the_schema_and_no_other(secured: Database) -> None:
    """A name without a column does no harm, but a misspelt name would leave the real column undeclared."""
    with psycopg.connect(secured.owner) as connection:
        columns = connection.execute(
            """select format('%s.%s', table_schema, table_name), array_agg(column_name::text)
               from information_schema.columns join information_schema.tables using (table_schema, table_name)
               where table_schema = 'public' and table_type = 'BASE TABLE' and is_generated = 'NEVER' group by 1"""
        ).fetchall()
    declared = json.loads(MASKS.read_text())
    assert {name for name, _ in columns} == declared.keys()
    for name, names in columns:
        assert declared[name] == "purge" or set(names) == declared[name].keys(), name
