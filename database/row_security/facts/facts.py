"""The facts in effect that isolate tenants, read from the catalog in two statements, whatever the number of tables.

A fact is a kind ("policy"), an object ("tasks.tasks_select") and a value (command, roles, predicates as PostgreSQL
deparses them …). Names in an object are spelled as in SQL, quoted where necessary, so a dot inside a name is no
separator. Two databases isolate alike if their facts are equal; the fingerprint is a hash over all facts.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from contract.paths import SQL

QUERIES = SQL / "catalog"
"""Each file is one query for kind, object and value."""
WORLD = QUERIES.with_name("world")
"""Each file is one query that others refer to by name: an object's origin, the objects within reach."""

Value = Mapping[str, Any]


@dataclass(frozen=True)
class Facts:
    """Facts by (kind, object)."""

    entries: Mapping[tuple[str, str], Value]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all facts, independent of their order."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return readable, sorted JSON with one key a line, so a change of one fact changes few lines."""
        tree: dict[str, dict[str, Value]] = {}
        for (kind, name), value in sorted(self.entries.items()):
            tree.setdefault(kind, {})[name] = value
        return json.dumps(tree, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Facts:
        """Return the facts in a text of `to_json`."""
        tree = json.loads(text)
        return cls({(kind, name): value for kind, group in tree.items() for name, value in group.items()})

    def of(self, kind: str) -> Iterator[tuple[str, Value]]:
        """Yield name and value of each fact of one kind."""
        return ((name, value) for (each, name), value in self.entries.items() if each == kind)

    def summary(self) -> dict[str, int]:
        """Return counts of what was read: an empty schema must not pass for a safe one."""
        tables = [value for _, value in self.of("relation") if value["kind"] == "table"]
        return {
            "tables": len(tables),
            "protected_tables": sum(1 for value in tables if value["row_security"] and value["forced"]),
            "policies": sum(1 for _ in self.of("policy")),
            "functions": sum(1 for _ in self.of("function")),
            "triggers": sum(1 for _ in self.of("trigger")),
            "grants": sum(1 for _ in self.of("grant")),
        }


def read(connection: psycopg.Connection[Any]) -> Facts:
    """Return all facts as they are now. Raises psycopg.errors.LockNotAvailable if a table stays locked for 2 s."""
    entries: dict[tuple[str, str], Value] = {}
    with connection.transaction():
        # PostgreSQL omits the schema of objects in the search path, but the same fact must always read the same.
        # Deparsing a predicate locks its table, and without a timeout would wait for ever behind another session's
        # lock.
        connection.execute(
            "select set_config('search_path', 'pg_catalog', true), set_config('quote_all_identifiers', 'off', true), "
            "set_config('lock_timeout', '2s', true)"
        )
        queries = b" union all ".join(b"(%s)" % path.read_bytes() for path in sorted(QUERIES.glob("*.sql")))
        for kind, thing, value in connection.execute(b"with %s %s" % (world(queries), queries)):
            entries[kind, thing] = value
    return Facts(entries)


def world(reader: bytes) -> bytes:
    """Return the queries of `sql/world` that `reader` names, and those that they name, as members of a WITH clause.

    Each has the name of its file without the number.
    """
    members: list[bytes] = []
    text = reader
    for path in sorted(WORLD.glob("[0-9][0-9]_*.sql"), reverse=True):  # a file refers only to lower numbers
        name, query = path.stem[3:].encode(), path.read_bytes()
        if re.search(rb"\b%s\b" % name, text):
            members.insert(0, b"%s as (\n%s)" % (name, query))
            text += query
    return b",\n".join(members)
