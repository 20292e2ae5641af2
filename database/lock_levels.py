"""Which locks the statements of a file take, told from their words.

Source: PostgreSQL's documentation, "Explicit Locking" and the pages of ALTER TABLE and CREATE INDEX. What runs inside a
function, a DO block or a trigger cannot be seen here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from database import rules
from database.migrations import Migration
from database.statements import Statement


class Level(IntEnum):
    """Modes of table locks that a migration takes, weakest first."""

    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    @property
    def effect(self) -> str:
        """Whom it makes wait."""
        if self is Level.ACCESS_EXCLUSIVE:
            return "reads and writes wait"
        return "writes wait" if self >= Level.SHARE else "nobody waits"

    @property
    def label(self) -> str:
        """PostgreSQL's name of it."""
        return self.name.replace("_", " ").lower()


@dataclass(frozen=True, slots=True)
class TableLock:
    """The strongest lock that a file takes on one table."""

    table: str
    level: Level


def of_file(migration: Migration) -> list[TableLock]:
    """Its locks on tables that it does not make itself, strongest first."""
    strongest: dict[str, Level] = {}
    made: set[str] = set()
    for statement in migration.statements:
        if statement.begins("create", "table"):
            made.add(_name(statement, 2))
        for lock in _of_statement(statement):
            if lock.table and lock.table not in made:
                strongest[lock.table] = max(lock.level, strongest.get(lock.table, lock.level))
    return sorted((TableLock(*each) for each in strongest.items()), key=lambda lock: (-lock.level, lock.table))


def _of_statement(statement: Statement) -> Iterator[TableLock]:
    words = statement.words
    concurrent = rules.concurrent(statement)
    if statement.begins("alter", "table"):
        yield TableLock(_name(statement, 2), _alter_table(words))
        yield from _referenced(words)
    elif words[0] == "create" and "index" in words[:3]:
        yield TableLock(
            rules.indexed_table(statement) or "", Level.SHARE_UPDATE_EXCLUSIVE if concurrent else Level.SHARE
        )
    elif words[0] in _AFTER_ON and words[1] in _AFTER_ON[words[0]] and "on" in words:
        level = Level.SHARE_ROW_EXCLUSIVE if words[:2] == ("create", "trigger") else Level.ACCESS_EXCLUSIVE
        yield TableLock(_name(statement, words.index("on") + 1), level)
    else:
        for phrase, level in _SIMPLE:
            if words[: len(phrase)] == phrase:
                yield TableLock(_name(statement, len(phrase)), level)
                return


_AFTER_ON = dict.fromkeys(("create", "alter", "drop"), ("policy", "trigger", "rule"))
_SIMPLE: tuple[tuple[tuple[str, ...], Level], ...] = (
    (("insert", "into"), Level.ROW_EXCLUSIVE),
    (("delete", "from"), Level.ROW_EXCLUSIVE),
    (("merge", "into"), Level.ROW_EXCLUSIVE),
    (("update",), Level.ROW_EXCLUSIVE),
    (("comment", "on", "table"), Level.SHARE_UPDATE_EXCLUSIVE),
    (("analyze",), Level.SHARE_UPDATE_EXCLUSIVE),
    (("vacuum", "full"), Level.ACCESS_EXCLUSIVE),
    (("vacuum",), Level.SHARE_UPDATE_EXCLUSIVE),
    (("truncate", "table"), Level.ACCESS_EXCLUSIVE),
    (("truncate",), Level.ACCESS_EXCLUSIVE),
    (("drop", "table"), Level.ACCESS_EXCLUSIVE),
    (("drop", "view"), Level.ACCESS_EXCLUSIVE),
    (("alter", "view"), Level.ACCESS_EXCLUSIVE),
    (("cluster",), Level.ACCESS_EXCLUSIVE),
    (("lock", "table"), Level.ACCESS_EXCLUSIVE),
    (("lock",), Level.ACCESS_EXCLUSIVE),
    (("refresh", "materialized", "view", "concurrently"), Level.EXCLUSIVE),
    (("refresh", "materialized", "view"), Level.ACCESS_EXCLUSIVE),
    (("reindex", "table", "concurrently"), Level.SHARE_UPDATE_EXCLUSIVE),
    (("reindex", "table"), Level.SHARE),
)
_GENTLE = (("validate",), ("set", "statistics"), ("attach", "partition"), ("set", "without", "cluster"))
_MODERATE = (("foreign", "key"), ("enable", "trigger"), ("disable", "trigger"))


def _alter_table(words: tuple[str, ...]) -> Level:
    def holds(phrases: tuple[tuple[str, ...], ...]) -> bool:
        return any(words[at : at + len(p)] == p for p in phrases for at in range(len(words)))

    if holds(_GENTLE) and "," not in words:
        return Level.SHARE_UPDATE_EXCLUSIVE
    if holds(_MODERATE) and "," not in words:
        return Level.SHARE_ROW_EXCLUSIVE
    return Level.ACCESS_EXCLUSIVE


def _referenced(words: tuple[str, ...]) -> Iterator[TableLock]:
    """A new foreign key locks the table that it points to as well."""
    for position, word in enumerate(words):
        if word == "references":
            yield TableLock(_qualified(words[position + 1 :]), Level.SHARE_ROW_EXCLUSIVE)


def _name(statement: Statement, position: int) -> str:
    rest = list(statement.words[position:])
    while rest and rest[0] in ("if", "not", "exists", "only"):
        rest = rest[1:]
    return _qualified(tuple(rest))


def _qualified(words: tuple[str, ...]) -> str:
    if not words:
        return ""
    return f"{words[0]}.{words[2]}" if words[1:2] == (".",) and len(words) > 2 else words[0]
