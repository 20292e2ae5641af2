"""Concurrent index builds and drops: leftovers of an interrupted statement, and whether it had completed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from database.migrations import statement_rules
from database.postgres import halves
from database.sqltext import Statement

_INDEX = """
select i.indisvalid and i.indisready, i.indrelid = pg_catalog.to_regclass(%(table)s)
  from pg_catalog.pg_index as i
 where i.indexrelid = pg_catalog.to_regclass(%(index)s)
"""
_LEFTOVERS = """
select n.nspname, c.relname
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where not i.indisvalid
   and (i.indrelid = pg_catalog.to_regclass(%(name)s)
        or i.indrelid = (select indrelid from pg_catalog.pg_index
                          where indexrelid = pg_catalog.to_regclass(%(name)s)))
   and c.relname ~ '_cc(new|old)[0-9]*$'
"""
"""Leftover copies of an interrupted REINDEX CONCURRENTLY, by PostgreSQL's naming."""

_BUILDER = """
with named as (
    select pg_catalog.to_regclass(n.name)::oid as relation from pg_catalog.unnest(%s::text[]) as n (name)
)
select l.pid
  from pg_catalog.pg_locks as l
  join pg_catalog.pg_stat_progress_create_index as p on p.pid = l.pid
 where l.locktype = 'relation' and l.granted and l.mode = 'ShareUpdateExclusiveLock'
   and l.pid <> pg_catalog.pg_backend_pid()
   and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
   and (l.relation in (select relation from named)
        or l.relation in (select i.indrelid from pg_catalog.pg_index as i join named as n on n.relation = i.indexrelid))
"""


def builder(connection: psycopg.Connection[Any], statement: Statement) -> int | None:
    """Return the session that is building an index of the statement's table right now, if there is one.

    The statement would wait for that session's lock, and that session for the statement's snapshot: PostgreSQL then
    ends one of them, usually the other session. Its unfinished index also looks like an invalid leftover.
    """
    if not statement_rules.concurrent(statement):
        return None
    names = [
        statement_rules.index_name(statement),
        statement_rules.indexed_table(statement) if statement.begins("create") else None,
    ]
    row = connection.execute(_BUILDER, (names,)).fetchone()
    return int(row[0]) if row else None


def is_done(connection: psycopg.Connection[Any], statement: Statement) -> bool:
    """Return whether the statement, begun by an interrupted run, had completed."""
    if statement.begins("create"):
        return _index_state(connection, statement) == (True, True)
    if statement.begins("drop"):
        return _index_state(connection, statement) is None
    return False  # repeating REINDEX or VACUUM is harmless


def clear(connection: psycopg.Connection[Any], statement: Statement, report: Callable[[str], None]) -> None:
    """Drop the invalid index of an earlier attempt at the same statement, so the next one does not skip it."""
    if statement.begins("create"):
        state = _index_state(connection, statement)
        if state is not None and not state[0] and state[1]:
            _drop(connection, _qualified(connection, statement), report)
    elif statement.begins("reindex"):
        found = connection.execute(_LEFTOVERS, {"name": statement_rules.index_name(statement)}).fetchall()
        for schema, name in found:
            _drop(connection, sql.Identifier(schema, name), report)


def _index_state(connection: psycopg.Connection[Any], statement: Statement) -> tuple[bool, bool] | None:
    """Return whether the index is valid, and whether it is on the statement's table; None if there is no such index."""
    table = statement_rules.indexed_table(statement) if statement.begins("create") else None
    name = _index_name(statement, table)
    row = connection.execute(_INDEX, {"index": name, "table": table}).fetchone()
    return (bool(row[0]), bool(row[1])) if row else None


def _index_name(statement: Statement, table: str | None) -> str:
    """Return the index's qualified name. CREATE INDEX names no schema: the index is created in its table's."""
    name = statement_rules.index_name(statement) or ""
    with suppress(ValueError):  # the table's name has no schema; a dot can only be inside quotes
        return f"{halves(table or '', '.')[0]}.{name}"
    return name


def _qualified(connection: psycopg.Connection[Any], statement: Statement) -> sql.Identifier:
    row = connection.execute(
        "select n.nspname, c.relname from pg_catalog.pg_class as c"
        " join pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.oid = pg_catalog.to_regclass(%s)",
        (_index_name(statement, statement_rules.indexed_table(statement)),),
    ).fetchone()
    assert row is not None  # its state was just read, under the runner's lock
    return sql.Identifier(row[0], row[1])


def _drop(connection: psycopg.Connection[Any], name: sql.Identifier, report: Callable[[str], None]) -> None:
    report(f"dropping the invalid index {name.as_string(connection)}, left by an interrupted statement")
    connection.execute(sql.SQL("drop index concurrently if exists {}").format(name))
