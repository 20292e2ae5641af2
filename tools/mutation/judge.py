"""Judges a mutant by behaviour, by the checks and by the fingerprint, in one transaction that is rolled back."""
# ruff: noqa: S608 -- the statements name this project's own tables

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from database.isolation import CHILDREN, HARMLESS_COLUMN, TABLES, TENANT_COLUMN, Tenant, insert, probe_within
from database.row_security import Check, findings
from database.row_security.facts import Facts, compare, facts
from tools.mutation.keys import keys_hold
from tools.mutation.mutant import Mutant
from tools.mutation.world import TENANT, asked_too_often, populate, touched

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Verdict:
    """The detections of a mutant."""

    mutant: Mutant
    behaviour: str
    """The first failure of a behaviour test, or an empty text."""
    checks: int
    """Findings of `sql/checks`."""
    drift: int
    """Differences from the declaration."""


def judge(connection: Connection, mutant: Mutant, declared: Facts, checks: Sequence[Check]) -> Verdict:
    """Apply the mutant as superuser, observe, and roll back."""
    try:
        for statement in mutant.statements:
            connection.execute(statement.encode())
        found = len(findings(connection, checks))
        drift = len(compare(declared, facts.read(connection)))
        return Verdict(mutant, _behaviour(connection, declared), found, drift)
    finally:
        connection.rollback()


def _behaviour(connection: Connection, declared: Facts) -> str:
    connection.execute("set local session authorization prductr_app")
    crossings = probe_within(connection, stop_at_first=True).crossings
    if crossings:
        return str(crossings[0])
    connection.execute("rollback to savepoint attempt")
    connection.execute("set local session authorization default")
    populate(connection)
    return (
        _as_nobody(connection)
        or _as_stranger(connection)
        or _as_owner(connection)
        or keys_hold(connection, declared)
        or asked_too_often(connection, declared)
    )


def _as(connection: Connection, role: str, user: str = "", organization: str = "") -> None:
    connection.execute("set local session authorization default")
    connection.execute(f"set local session authorization {role}".encode())
    connection.execute("select public.set_context(%s, %s)", (user, organization))
    connection.execute("savepoint tried")


def _as_nobody(connection: Connection) -> str:
    """Return a failure unless rows with empty keys belong to nobody and no row can be given away, trigger or not."""
    _as(connection, "prductr_app")
    for table in TABLES:
        change = f"update public.{table} set {HARMLESS_COLUMN[table]} = default"
        for what, statement in (
            ("read", f"select from public.{table}"),
            ("change", change),
            ("delete", f"delete from public.{table}"),
        ):
            if touched(connection, statement.encode()) != 0:
                return f"{table}: without a context the application may {what}"
    _as(connection, "prductr_app", TENANT.user, TENANT.organization)
    for table in TABLES:
        column = TENANT_COLUMN.get(table, "organization_id")
        if touched(connection, f"update public.{table} set {column} = 'away'".encode()) != "42501":
            return f"{table}: a row can be given away"
    return ""


def _as_stranger(connection: Connection) -> str:
    """Return a failure unless a role with every grant but no policy gets nothing, whatever context it sets."""
    _as(connection, "mutant_stranger", TENANT.user, TENANT.organization)
    for table in TABLES:
        change = f"update public.{table} set {HARMLESS_COLUMN[table]} = default"
        for what, statement in (
            ("read", f"select from public.{table}"),
            ("update", change),
            ("delete", f"delete from public.{table}"),
        ):
            if touched(connection, statement.encode()) != 0:
                return f"{table}: a role that no policy names may {what}"
        new = TENANT.row(table) | {"id": TENANT.user if table == "users" else "new"}
        if touched(connection, *insert(table, new)) != "42501":
            return f"{table}: a role that no policy names may insert"
    return ""


def _as_owner(connection: Connection) -> str:
    """Return a failure unless ownership alone shows no row and the owner's own writes need a tenant."""
    _as(connection, "mutant_owner")
    for table in TABLES:
        if touched(connection, f"select from public.{table}".encode()) != 0:
            return f"{table}: the owner sees rows although row security is forced"
    connection.execute("set local session authorization default")
    connection.execute("savepoint tried")
    for table in [*CHILDREN, "projects", "connector_configs", "organization_members"]:
        if table == "cost_events":
            continue
        orphan = Tenant("nobody", "s").row(table) | {"organization_id": None}
        if touched(connection, *insert(table, orphan)) != "23502":
            return f"{table}: a row without an organization is accepted"
    return ""
