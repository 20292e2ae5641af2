"""Tests the keys: a row without an owner and a second row with the same key are refused, to superusers too."""

from __future__ import annotations

import re

from database.isolation import TABLES, insert
from database.row_security.facts import Facts
from tools.mutation.world import TENANT, Connection, numbered, touched

_ORPHAN, _DOUBLE = "23502", "23505"


def keys_hold(connection: Connection, declared: Facts) -> str:
    """Return the first failure of a key, or an empty text."""
    connection.execute("set local session authorization default")
    connection.execute("savepoint tried")
    for table in ("organization_members", "user_secrets"):
        orphan = TENANT.row(table) | {"id": "orphan", "user_id": None}
        if touched(connection, *insert(table, orphan)) != _ORPHAN:
            return f"{table}: a row without a user is accepted"
    for key, value in sorted(declared.of("unique key")):
        table = key.split(".")[0]
        if table not in TABLES:
            continue
        columns = re.findall(r"\w+", value["definition"].rpartition("(")[2])
        first = numbered(table, 0)
        double = numbered(table, 0, fresh=True) | {column: first[column] for column in columns}
        if touched(connection, *insert(table, double)) != _DOUBLE:
            return f"{table}: a second row of the same {', '.join(columns)} is accepted"
    return ""
