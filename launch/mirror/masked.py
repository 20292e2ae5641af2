"""Copy rows by declared rules; a column without a rule is not copied.

    tables:
      public.users:
        id: keep
        email: {hash: "%s@example.invalid"}
        name: {value: Somebody}

`keep` copies; `hash` replaces %s by a short hash of the value, which is the same for equal values, so that keys still
match; `value` is the same text for all rows. The server masks: a value that is not kept never leaves it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import yaml

from contract.problem import Problem
from database.branch_rows import KEPT
from database.postgres import literal, name
from launch.mirror.database import copied
from launch.mirror.model import Reading
from launch.mirror.tables import Column, Table

_REMEDY = "The rules' form is in docs/rehearsal.md."


class RulesError(Problem):
    """The rules cannot be used."""


@dataclass(frozen=True)
class Rules:
    """Maps table to column to rule."""

    tables: Mapping[str, Mapping[str, Any]]
    file: str
    salt: str
    """Salt of the hashes, so that they cannot be compared with those of guessed values. Never written anywhere."""

    @classmethod
    def load(cls, path: Path) -> Rules:
        """Load a YAML file. Raises RulesError."""
        try:
            content = yaml.safe_load(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise RulesError(f"the rules cannot be read: {error}", where=str(path), remedy=_REMEDY) from None
        tables = content.get("tables") if isinstance(content, dict) else None
        if not isinstance(tables, dict) or not all(isinstance(each, dict) for each in tables.values()):
            raise RulesError("there is no mapping `tables` of tables to columns", where=str(path), remedy=_REMEDY)
        return cls(tables, str(path), secrets.token_hex(16))

    def rows(self, connection: psycopg.Connection[tuple[Any, ...]], tables: list[Table], reading: Reading) -> str:
        """Return the masked rows of the tables that the rules name. Raises RulesError before any row is read."""
        known = {str(table): table for table in tables}
        wrong = [f"there is no table {each}" for each in self.tables if each not in known and each not in KEPT]
        chosen: dict[str, dict[str, str]] = {}
        for label, columns in self.tables.items():
            if (table := known.get(label)) is not None:
                chosen[label], mistakes = self._expressions(table, columns)
                wrong += mistakes
        if wrong:
            raise RulesError("; ".join(wrong), where=self.file, remedy=_REMEDY)
        empty = sorted(set(known) - set(chosen))
        if empty:
            reading.notes.append(f"No rule names {', '.join(empty)}: they are empty.")
        return "\n".join(filter(None, (copied(connection, known[each], found) for each, found in chosen.items())))

    def _expressions(self, table: Table, columns: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
        found: dict[str, str] = {}
        wrong = []
        names = {column.name: column for column in table.columns}
        for label, rule in columns.items():
            if (column := names.get(label)) is None:
                wrong.append(f"{table} has no column {label}")
            elif (expression := self._expression(column, rule)) is None:
                wrong.append(f"{table}.{label}: {rule!r} is none of keep, null, {{hash: TEXT}}, {{value: TEXT}}")
            else:
                found[label] = expression
        wrong += [
            f"{table}.{column.name} must not be null, and no rule names it"
            for column in table.columns
            if column.required and not _fills_itself(column) and column.name not in columns
        ]
        return found, wrong

    def _expression(self, column: Column, rule: object) -> str | None:
        if rule == "keep":
            return name(column.name)
        if rule in ("null", None):
            return "null"
        if not isinstance(rule, dict) or len(rule) != 1:
            return None
        ((kind, text),) = rule.items()
        if kind == "value":
            return literal(str(text))
        if kind == "hash" and "%s" in str(text):
            before, _, after = str(text).partition("%s")
            digest = f"pg_catalog.left(pg_catalog.md5({literal(self.salt)} || {name(column.name)}::text), 16)"
            return f"{literal(before)} || {digest} || {literal(after)}"
        return None


def _fills_itself(column: Column) -> bool:
    return column.default or column.identity or column.generated
