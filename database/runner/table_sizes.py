"""Sizes of the tables that a migration locks, from PostgreSQL's statistics: no rows are counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from database.postgres import connect, query_errors

_QUERY = """
select wanted.name, nullif(c.reltuples, -1)::bigint, pg_catalog.pg_total_relation_size(c.oid)
from unnest(%s::text[]) as wanted (name)
join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass(wanted.name)
where c.relkind in ('r', 'p', 'm')
"""


@dataclass(frozen=True, kw_only=True)
class TableSize:
    """One table."""

    rows: int | None
    """As of its last ANALYZE; None if it was never analyzed."""
    bytes: int
    """Including indexes."""


def table_sizes(url: str, tables: Iterable[str], *, patience: float = 5.0) -> dict[str, TableSize]:
    """Return name as given -> size, for tables that exist. Writes nothing. Raises DatabaseError."""
    with (
        connect(url, application_name="launch preview", autocommit=True, patience=patience) as connection,
        query_errors(connection),
    ):
        rows = connection.execute(_QUERY, [sorted(set(tables))]).fetchall()
    return {str(name): TableSize(rows=count, bytes=size) for name, count, size in rows}
