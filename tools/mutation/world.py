"""The data for behaviour tests: a tenant with a dozen rows in each table, rows with empty keys, three more roles."""
# ruff: noqa: S608 -- the statements name this project's own tables

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from database.isolation import HARMLESS_COLUMN, TABLES, Row, Tenant, insert
from database.row_security.facts import Facts

Connection = psycopg.Connection[Any]
TENANT = Tenant("mutant", "own")
ROWS = 12
ROLES = (
    "create role mutant_bypass bypassrls",
    "create role mutant_stranger login",
    "create role mutant_owner login inherit",
)
"""The first bypasses row security; the second gets all grants, but no policy names it; the third becomes a member of
the owner, without bypass."""

GUARDS = {
    "tasks": "guard_agent",
    "project_agents": "guard_agent",
    "agent_instances": "guard_agent",
    "organization_members": "guard_membership",
}
"""Triggers that refuse or write on their own, and so would hide a policy's mistakes. They are switched off."""


def populate(connection: Connection) -> None:
    """Insert the rows as superuser, past triggers and keys; then grant, and switch the guarding triggers off."""
    connection.execute("set local session_replication_role = replica")
    nobody = Tenant("", "")
    for table in TABLES:
        empty = dict.fromkeys(("id", "organization_id", "user_id", "founder_id"), "")
        row = nobody.row(table) | ({"role": "owner"} if table == "organization_members" else {})
        connection.execute(*insert(table, row | {key: value for key, value in empty.items() if key in row}))
        for number in range(ROWS):
            connection.execute(*insert(table, numbered(table, number)))
    member = TENANT.row("organization_members") | {"id": "mutant", "user_id": TENANT.user, "role": "owner"}
    connection.execute(*insert("organization_members", member))
    connection.execute("set local session_replication_role = origin")
    connection.execute("grant select, insert, update, delete on all tables in schema public to mutant_stranger")
    connection.execute("grant execute on all functions in schema public to mutant_stranger")
    connection.execute("grant usage on schema public to mutant_stranger")
    connection.execute("grant neondb_owner to mutant_owner")
    for table, trigger in GUARDS.items():
        connection.execute(f"alter table public.{table} disable trigger {trigger}".encode())


def numbered(table: str, number: int, *, fresh: bool = False) -> Row:
    """Return one of the tenant's rows. The first has the ids that children refer to."""
    row = TENANT.row(table)
    suffix = f"{'-fresh' if fresh else ''}-{number}" if number or fresh else ""
    row["id"] = f"{row['id']}{suffix}"
    for column in ("slug", "session_id", "email"):
        row |= {column: f"{row[column]}{suffix}"} if column in row else {}
    if table == "organization_members":
        row["user_id"] = f"{row['user_id']}{suffix}"
    return row


def touched(connection: Connection, statement: Any, values: Sequence[object] = ()) -> object:  # noqa: ANN401 -- as psycopg
    """Return the number of rows or the SQLSTATE; the statement is rolled back."""
    try:
        return connection.execute(statement, values or None).rowcount
    except psycopg.Error as error:
        return error.sqlstate
    finally:
        connection.execute("rollback to savepoint tried")


def asked_too_often(connection: Connection, declared: Facts) -> str:
    """Return a failure if a statement evaluates the context for each row: calls are counted over a dozen rows."""
    connection.execute("set local session authorization default")
    connection.execute("set local track_functions = 'all'; set local enable_indexscan = off")
    connection.execute("set local enable_bitmapscan = off; set local enable_indexonlyscan = off")
    connection.execute("set local session authorization prductr_app")
    connection.execute("select public.set_context(%s, %s)", (TENANT.user, TENANT.organization))
    connection.execute("savepoint tried")
    for policy, value in sorted(declared.of("policy")):
        table, command = policy.split(".")[0], value["command"]
        helpers = sorted(set(re.findall(r"public\.(\w+)\(\)", f"{value['using']} {value['check']}")))
        before = _calls(connection, helpers)
        touched(connection, *_statement(table, command))
        most = max(after - earlier for after, earlier in zip(_calls(connection, helpers), before, strict=True))
        if most >= ROWS:
            return f"{policy}: one statement evaluates the context {most} times"
    return ""


def _statement(table: str, command: str) -> tuple[Any, Sequence[object]]:
    if command == "select":
        return f"select from public.{table}".encode(), ()
    if command == "update":
        return f"update public.{table} set {HARMLESS_COLUMN[table]} = default".encode(), ()
    if command == "delete":
        return f"delete from public.{table}".encode(), ()
    rows = [numbered(table, number, fresh=True) for number in range(ROWS)]
    columns = sql.SQL(", ").join(map(sql.Identifier, rows[0]))
    marks = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(rows[0])))
    statement = sql.SQL("insert into public.{} ({}) values {}").format(
        sql.Identifier(table), columns, sql.SQL(", ").join([marks] * ROWS)
    )
    return statement, [value for row in rows for value in row.values()]


def _calls(connection: Connection, helpers: Sequence[str]) -> list[int]:
    counted = connection.execute(
        "select coalesce(pg_stat_get_xact_function_calls(to_regprocedure('public.' || h || '()')), 0) "
        "from unnest(%s::text[]) h",
        (list(helpers),),
    )
    return [calls for (calls,) in counted]
