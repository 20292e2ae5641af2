"""Restores rows that a branch of an earlier time has and today's database lacks.

Rows written since then are not touched: a row is restored only if its key is free. One transaction covers all tables,
in the order in which they are named, so a parent must be named before the tables that refer to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from database.postgres import DatabaseError, connect, safe_url, server_error

_BATCH = 1000
_FAILED = psycopg.pq.TransactionStatus.INERROR
_SHAPE = """
select array(
           select a.attname::text from pg_catalog.pg_index i
           cross join unnest(i.indkey) with ordinality k (number, place)
           join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
           where i.indrelid = c.oid and i.indisprimary order by k.place
       ),
       array(
           select a.attname::text from pg_catalog.pg_attribute a
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum
       )
from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass(%s) and c.relkind in ('r', 'p')
"""


class RescueError(DatabaseError):
    """The rows cannot be restored as they were."""


@dataclass(frozen=True)
class _Table:
    name: sql.Identifier
    text: str
    key: list[str]
    columns: list[str]


@dataclass(frozen=True)
class MissingRows:
    """The rows that `then` has and `now` lacks."""

    then: str = field(repr=False)
    """The owner's URL of the earlier branch."""
    now: str = field(repr=False)
    """The owner's URL of today's database."""

    def count(self, tables: Sequence[str]) -> dict[str, int]:
        """Return the number of missing rows of each table. Changes nothing. Raises DatabaseError."""
        with self._both() as (then, now):
            now.read_only = True
            return {table: sum(len(rows) for rows in _missing(then, now, _shape(then, now, table))) for table in tables}

    def bring_back(self, tables: Sequence[str]) -> dict[str, int]:
        """Insert all of them or none, and return their number by table. Raises RescueError or DatabaseError."""
        with self._both() as (then, now):
            found = {}
            for name in tables:
                table = _shape(then, now, name)
                found[name] = sum(_insert(now, table, rows) for rows in _missing(then, now, table))
            now.commit()
            return found

    @contextmanager
    def _both(self) -> Iterator[tuple[psycopg.Connection[Any], psycopg.Connection[Any]]]:
        with (
            connect(self.then, application_name="launch rescue") as then,
            connect(self.now, application_name="launch rescue") as now,
        ):
            then.read_only = True
            try:
                yield then, now
            except psycopg.errors.ForeignKeyViolation as error:
                table = error.diag.table_name or "a table"
                remedy = "Name the tables that it refers to as well, before it. Nothing was changed."
                raise RescueError(f"a row of {table} refers to one that is gone", remedy=remedy) from None
            except psycopg.Error as error:
                failed = self.then if then.closed or then.info.transaction_status is _FAILED else self.now
                raise server_error(error, where=safe_url(failed)) from None
            finally:
                now.rollback()


def _shape(then: psycopg.Connection[Any], now: psycopg.Connection[Any], table: str) -> _Table:
    """Return the key and columns of a table that both sides have. Raises RescueError."""
    text = table if "." in table else f"public.{table}"
    schema, _, name = text.partition(".")
    quoted = f'"{schema}"."{name}"'
    before, after = (connection.execute(_SHAPE, (quoted,)).fetchone() for connection in (then, now))
    if before is None or after is None:
        time = "then" if before is None else "now"
        raise RescueError(f"there is no table {text} {time}", remedy="Name a table that both times have.")
    (key, columns), (_, present) = before, after
    if not key:
        raise RescueError(f"{text} has no primary key", remedy="Copy its rows by hand.")
    if lost := [column for column in columns if column not in present]:
        remedy = "Add them again in a migration first, or copy the rows by hand."
        raise RescueError(f"{text} has no {', '.join(lost)} any more", remedy=remedy)
    return _Table(sql.Identifier(schema, name), text, list(key), list(columns))


def _missing(
    then: psycopg.Connection[Any], now: psycopg.Connection[Any], table: _Table
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield batches of the rows in `then`, as text, whose key is missing from `now`."""
    fields = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in table.columns)
    places = [table.columns.index(column) for column in table.key]
    keys = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in table.key)
    given = sql.SQL(", ").join(sql.SQL("unnest(%s::text[])") for _ in table.key)
    known = sql.SQL("select {} from {} where ({}) in (select {})").format(keys, table.name, keys, given)
    with then.cursor(name="rescue") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(sql.SQL("select {} from {}").format(fields, table.name))
        while rows := cursor.fetchmany(_BATCH):
            lists = [[row[place] for row in rows] for place in places]
            there = set(now.execute(known, lists).fetchall())
            yield [row for row in rows if tuple(row[place] for place in places) not in there]


def _insert(now: psycopg.Connection[Any], table: _Table, rows: list[tuple[Any, ...]]) -> int:
    types = dict(
        now.execute(
            "select attname::text, pg_catalog.format_type(atttypid, atttypmod) from pg_catalog.pg_attribute"
            " where attrelid = pg_catalog.to_regclass(%s) and attnum > 0",
            (table.name.as_string(now),),
        ).fetchall()
    )
    values = sql.SQL(", ").join(sql.SQL("%s::{}").format(sql.SQL(types[column])) for column in table.columns)
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    insert = sql.SQL("insert into {} ({}) overriding system value values ({})").format(table.name, columns, values)
    with now.cursor() as cursor:
        cursor.executemany(insert, rows)
    return len(rows)
