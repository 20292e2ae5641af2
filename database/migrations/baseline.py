"""Compares a database that is older than its ledger with the baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, LiteralString, TypeAlias

import psycopg

from contract.paths import SQL
from database.postgres import DatabaseError

FILE = "baseline.json"
"""Beside the directory of migrations: the structure that the first file creates, written by `launch db snapshot`."""

Structure: TypeAlias = dict[str, dict[str, dict[str, str]]]
"""Table, sequence or type, then `kind`, `columns`, `constraints`, `indexes`, `triggers` or `rules`, then name to
definition."""

_QUERY = SQL / "structure.sql"

_SETTINGS: LiteralString = """
set local search_path = public, pg_temp; set local quote_all_identifiers = off; set local datestyle = 'ISO, MDY';
set local intervalstyle = 'postgres'; set local timezone = 'UTC'; set local bytea_output = 'hex';
set local extra_float_digits = 1; set local lock_timeout = '2s'
"""
"""Settings that affect deparsing. With public in the search path, definitions read as people write them. Deparsing
locks a table, and without a timeout would wait for ever behind another session."""

_PARTS = {"kind": "", "columns": "column", "constraints": "constraint", "indexes": "index", "triggers": "trigger",
          "rules": "rule"}  # fmt: skip
"""The parts of a structure, and the noun for one member of each."""


class BaselineError(DatabaseError):
    """The database is not the one that the baseline describes; `differences` lists why."""

    def __init__(self, differences: list[str], *, where: str) -> None:
        self.differences = differences
        super().__init__(
            f"the tables differ from the baseline in {len(differences)} places:\n  " + "\n  ".join(differences),
            where=where,
            remedy="\nBring them in line by hand, or generate the baseline from this database. Nothing was changed",
        )


def read(connection: psycopg.Connection[Any]) -> Structure:
    """Return the structure of schema public, without the objects of extensions.

    Raises psycopg.errors.LockNotAvailable if a table stays locked for 2 s.
    """
    with connection.transaction():
        connection.execute(_SETTINGS)
        structure: Structure = {}
        for table, kind, name, definition in connection.execute(_QUERY.read_bytes()):
            structure.setdefault(table, {}).setdefault(kind, {})[name] = definition
    return structure


def is_inhabited(connection: psycopg.Connection[Any]) -> bool:
    """Return whether schema public holds any table or view."""
    kinds = [parts["kind"] for parts in read(connection).values()]
    return any("owner" in kind and kind["kind"] != "sequence" for kind in kinds)  # types have no owner here


def differences(live: Structure, expected: Structure) -> list[str]:
    """Return a text for each difference, by table."""
    found = [f"{table}: is not in the baseline" for table in sorted(live.keys() - expected.keys())]
    found += [f"{table}: is missing" for table in sorted(expected.keys() - live.keys())]
    for table in sorted(live.keys() & expected.keys()):
        for part, member in _PARTS.items():
            here, there = live[table].get(part, {}), expected[table].get(part, {})
            for name in sorted(here.keys() | there.keys()):
                if here.get(name) != there.get(name):
                    subject, what = (f"{table}.{name}", member) if part != "kind" else (table, name)
                    found.append(_difference(subject, what, here.get(name), there.get(name)))
    return found


def _difference(subject: str, what: str, live: str | None, expected: str | None) -> str:
    if live is None:
        return f"{subject}: {what} is missing, expected {expected}"
    if expected is None:
        return f"{subject}: {what} is not in the baseline, found {live}"
    return f"{subject}: {what} is {live}, expected {expected}"


def expected(directory: Path) -> Structure:
    """Return the baseline's structure. Raises DatabaseError if it is missing or unreadable."""
    path = directory.parent / FILE
    try:
        structure: Structure = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise DatabaseError(
            "the structure of the baseline is missing", where=str(path), remedy="Run `launch db snapshot`."
        ) from None
    except ValueError as error:
        raise DatabaseError(
            f"the structure of the baseline cannot be read: {error}",
            where=str(path),
            remedy="Run `launch db snapshot`.",
        ) from None
    return structure


def require_equal(connection: psycopg.Connection[Any], directory: Path, *, where: str) -> None:
    """Raise BaselineError with each difference, if there are any."""
    found = differences(read(connection), expected(directory))
    if found:
        raise BaselineError(found, where=where)
