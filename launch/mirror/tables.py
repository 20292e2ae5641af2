"""The tables of a database, with their columns, keys and checks, as far as valid rows need them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import psycopg

from database.postgres import name

_COLUMNS = """
select n.nspname, c.relname, a.attname, t.typname, t.typtype::text, t.typcategory::text, a.attnotnull, a.atthasdef,
       a.attidentity <> '', a.attgenerated <> '', a.atttypmod,
       (select array_agg(enumlabel::text order by enumsortorder) from pg_catalog.pg_enum where enumtypid = t.oid)
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_catalog.pg_type as t on t.oid = a.atttypid
where c.relkind = 'r' and c.relpersistence <> 't'
  and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
  and not exists (
      select from pg_catalog.pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'e'
  )
order by 1, 2, a.attnum
"""
_CONSTRAINTS = """
select n.nspname, c.relname, k.contype::text, k.conname, pg_catalog.pg_get_constraintdef(k.oid),
       (select array_agg(attname::text order by place) from unnest(k.conkey) with ordinality as u(number, place)
        join pg_catalog.pg_attribute on attrelid = k.conrelid and attnum = number),
       rn.nspname, rc.relname,
       (select array_agg(attname::text order by place) from unnest(k.confkey) with ordinality as u(number, place)
        join pg_catalog.pg_attribute on attrelid = k.confrelid and attnum = number)
from pg_catalog.pg_constraint as k
join pg_catalog.pg_class as c on c.oid = k.conrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_class as rc on rc.oid = k.confrelid
left join pg_catalog.pg_namespace as rn on rn.oid = rc.relnamespace
where k.contype in ('p', 'u', 'f', 'c') and k.conparentid = 0 order by 1, 2, 4
"""
_UNIQUE = """
select n.nspname, c.relname,
       (select array_agg(attname::text) from pg_catalog.pg_attribute
        where attrelid = c.oid and attnum = any(i.indkey::int2[]))
from pg_catalog.pg_index as i
join pg_catalog.pg_class as c on c.oid = i.indrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where i.indisunique
"""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column."""

    name: str
    type: str
    """Name of the type in the catalog, such as int4."""
    kind: str
    """e for an enumeration, b for a base type, d for a domain …"""
    category: str
    """A for an array, B boolean, D time, N number, S text …"""
    required: bool
    default: bool
    identity: bool
    generated: bool
    size: int
    """The type's modifier, -1 if there is none."""
    labels: tuple[str, ...]
    """Labels of an enumeration."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A foreign key."""

    columns: tuple[str, ...]
    to: tuple[str, str]
    """Schema and table."""
    of: tuple[str, ...]
    """The columns there."""


@dataclass(kw_only=True)
class Table:
    """One table."""

    schema: str
    name: str
    rows: int = 0
    columns: list[Column] = field(default_factory=list)
    unique: list[frozenset[str]] = field(default_factory=list)
    """Columns of each unique key."""
    references: list[Reference] = field(default_factory=list)
    checks: dict[str, str] = field(default_factory=dict)
    """Maps the name of a check constraint to its definition."""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """Its name in SQL."""
        return f"{name(self.schema)}.{name(self.name)}"

    def column(self, wanted: str) -> Column:
        """Return the column of this name."""
        return next(each for each in self.columns if each.name == wanted)


def read_tables(connection: psycopg.Connection[tuple[Any, ...]]) -> list[Table]:
    """Return all tables except those of extensions, by name, with their row counts."""
    found: dict[tuple[str, str], Table] = {}
    for schema, relation, *about in connection.execute(_COLUMNS).fetchall():
        table = found.setdefault((schema, relation), Table(schema=schema, name=relation))
        keys = ("name", "type", "kind", "category", "required", "default", "identity", "generated", "size")
        labels = tuple(about[-1] or ())
        table.columns.append(Column(**dict(zip(keys, about[:-1], strict=True)), labels=labels))
    for schema, relation, kind, label, text, columns, of_schema, of_table, of in connection.execute(
        _CONSTRAINTS
    ).fetchall():
        if (known := found.get((schema, relation))) is None:
            continue
        if kind == "f":
            known.references.append(Reference(columns=tuple(columns), to=(of_schema, of_table), of=tuple(of)))
        elif kind == "c":
            known.checks[label] = text
    unique: defaultdict[tuple[str, str], list[frozenset[str]]] = defaultdict(list)
    for schema, relation, columns in connection.execute(_UNIQUE).fetchall():
        unique[schema, relation].append(frozenset(columns or ()))
    for key, table in found.items():
        table.unique = [each for each in unique[key] if each]
        row = connection.execute(f"select count(*) from only {table.quoted}".encode()).fetchone()  # noqa: S608 -- a name from the catalog
        assert row is not None
        table.rows = int(row[0])
    return list(found.values())
