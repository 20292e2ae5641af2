"""Invent rows: as many as in the database, with foreign keys that lead to existing rows.

The value of every column is a function of the row's number. A foreign key is the function of the row that it leads to,
so a key over several columns (the row and its tenant) leads to one row. One statement fills a table, however many
rows it has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from database.postgres import literal, name
from launch.mirror.model import Reading
from launch.mirror.tables import Column, Reference, Table

_LIST = re.compile(r"^CHECK \(\(+\(?(\w+)\)?(?:::[\w ]+)? = ANY \(+ARRAY\[(.*?)\]\)?.*\)+$", re.DOTALL)
_TEXT = re.compile(r"'((?:[^']|'')*)'")
_HEADER = 4
"""Bytes that the catalog adds to the length of a text type in its modifier."""
_DEEPEST = 20


@dataclass(frozen=True)
class Root:
    """The origin of a value: a column that is not a foreign key in its table, in the row `row` (SQL)."""

    table: tuple[str, str]
    column: str
    row: str


@dataclass
class Synthetic:
    """Writes the rows of all tables."""

    tables: dict[tuple[str, str], Table]
    reading: Reading
    _references: dict[tuple[str, str], list[tuple[Reference, str]]] = field(default_factory=dict)

    @classmethod
    def rows(cls, tables: list[Table], reading: Reading) -> str:
        """Return the statements; a table with an unsupported type is left empty, with a note."""
        return "\n".join(
            filter(None, map(cls({(each.schema, each.name): each for each in tables}, reading).fill, tables))
        )

    def fill(self, table: Table) -> str:
        """Return one `insert` for all rows of the table."""
        if not table.rows:
            return ""
        values: dict[str, str] = {}
        keys = {column for key in table.unique for column in key}
        referring = {column for reference, _ in self._references_of(table) for column in reference.columns}
        allowed = _allowed(table)
        for column in table.columns:
            needed = column.required and not column.default
            if column.generated or not (column.name in referring or column.name in keys or needed):
                continue
            root = self._root((table.schema, table.name), column.name, "n")
            if root is None:
                values[column.name] = "null"
            else:
                of = self.tables[root.table]
                values[column.name] = _value(
                    of, of.column(root.column), root.row, _allowed(of) if of is not table else allowed
                )
        unknown = sorted(each for each, value in values.items() if not value)
        if unknown:
            self.reading.notes.append(
                f"{table} is left empty: no values can be invented for the type of {', '.join(unknown)}."
            )
            return ""
        names = ", ".join(map(name, values))
        chosen = ", ".join(values.values())
        return (
            f"insert into {table.quoted} ({names}) overriding system value\n"
            f"select {chosen} from generate_series(1, {table.rows}) as n;"
        )

    def _references_of(self, table: Table) -> list[tuple[Reference, str]]:
        """Return the foreign keys that determine columns, each with the row it leads to as SQL of `{n}`."""
        key = (table.schema, table.name)
        if key in self._references:
            return self._references[key]
        self._references[key] = chosen = []
        taken: set[str] = set()
        stride = 1
        for reference in sorted(table.references, key=lambda each: -len(each.columns)):
            other = self.tables.get(reference.to)
            free = [column for column in reference.columns if column not in taken]
            if not free or other is None or reference.to == key or not other.rows:
                continue
            shared = next((each for each in reference.columns if each in taken), None)
            if shared is None:
                row = f"(1 + (({{n}} - 1) / {stride}) % {other.rows})"
                stride *= other.rows if any(set(reference.columns) & each for each in table.unique) else 1
            else:
                # The row of the other table with the same tenant has the tenant's number.
                root = self._root(key, shared, "{n}")
                if root is None:
                    continue
                row = f"(1 + (({root.row} - 1) % {other.rows}))"
            chosen.append((reference, row))
            taken |= set(reference.columns)
        return chosen

    def _root(self, table: tuple[str, str], column: str, row: str, depth: int = 0) -> Root | None:
        """Return the origin of the column's value; None if it is a foreign key that leads to no row."""
        known = self.tables[table]
        for reference, leads_to in self._references_of(known):
            if column in reference.columns and depth < _DEEPEST:
                of = reference.of[reference.columns.index(column)]
                return self._root(reference.to, of, leads_to.replace("{n}", row), depth + 1)
        if any(column in each.columns for each in known.references) and not known.column(column).required:
            return None
        return Root(table, column, row)


def _allowed(table: Table) -> dict[str, list[str]]:
    """Map a column to the texts that a check constraint allows."""
    found = {}
    for text in table.checks.values():
        if (matched := _LIST.match(text)) and (values := _TEXT.findall(matched[2])):
            found[matched[1]] = [each.replace("''", "'") for each in values]
    return found


def _value(table: Table, column: Column, row: str, allowed: dict[str, list[str]]) -> str:
    """Return SQL of a value for the column in the row, or "" if its type is not supported."""
    texts = list(column.labels) or allowed.get(column.name)
    if texts:
        chosen = f"(array[{', '.join(map(literal, texts))}])[1 + (({row} - 1) % {len(texts)})]"
        return f"{chosen}::{name(column.type)}" if column.labels else chosen
    match column.category:
        case "A":
            return "'{}'"
        case "B":
            return f"({row} % 2 = 0)"
        case "D":
            return f"(timestamp '2026-01-01' + ({row} % 525600) * interval '1 minute')"
        case "N":
            return row if column.type in ("int2", "int4", "int8", "oid") else f"({row} % 10)"
        case "S":
            label = f"{literal(f'{table.name}-{column.name}-')} || {row}"
            if column.size > _HEADER:
                return f"pg_catalog.right({label}, {column.size - _HEADER})"
            return f"({label})"
        case "U" if column.type == "uuid":
            return f"pg_catalog.md5({literal(f'{table}.{column.name}.')} || {row})::uuid"
        case "U" if column.type in ("json", "jsonb"):
            return "'{}'"
        case "U" if column.type == "bytea":
            return r"'\x00'"
        case "I":
            return "'127.0.0.1'"
        case _:
            return ""
