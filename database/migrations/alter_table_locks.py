"""Locks of ALTER TABLE, by its actions: the strongest one applies to the whole statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from database.migrations.lock_modes import Level, TableLock
from database.sqltext import Statement, after, name, rest

_GENTLE = (("validate", "constraint"), ("attach", "partition"), ("set", "without", "cluster"), ("cluster", "on"))
_MODERATE = (("enable",), ("disable",))


def of_alter_table(statement: Statement, *, start: int = 2) -> Iterator[TableLock]:
    """Yield its locks: on the table itself, whose name is at `start`, then on other tables that its actions name."""
    table = name(statement.words, start)
    actions = list(_actions(rest(statement.words, start)))
    yield TableLock(table, max(map(_level, actions)))
    for action in actions:
        yield from _others(action, table)


def _actions(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    action: list[str] = []
    for word in words:
        if word == ",":
            yield tuple(action)
            action = []
        else:
            action.append(word)
    yield tuple(action)


def _level(action: tuple[str, ...]) -> Level:
    if action[:1] == ("alter",) and "constraint" not in action[:2]:
        column = action[2:] if action[1:2] == ("column",) else action[1:]
        gentle = column[1:] in (("set",), ("reset",)) or column[1:3] == ("set", "statistics")
        return Level.SHARE_UPDATE_EXCLUSIVE if gentle else Level.ACCESS_EXCLUSIVE
    if action in (("set",), ("reset",)) or any(action[: len(phrase)] == phrase for phrase in _GENTLE):
        return Level.SHARE_UPDATE_EXCLUSIVE  # `set (fillfactor = 90)`: text in parentheses is not a word
    if action[:1] in _MODERATE and "trigger" in action[1:3]:
        return Level.SHARE_ROW_EXCLUSIVE
    if action[:1] == ("add",) and ("foreign" in action[1:4] and "key" in action):
        return Level.SHARE_ROW_EXCLUSIVE
    return Level.ACCESS_EXCLUSIVE


def _others(action: tuple[str, ...], table: str) -> Iterator[TableLock]:
    for at in after(action, "references"):
        yield TableLock(name(action, at), Level.SHARE_ROW_EXCLUSIVE)
    if action[:2] in (("attach", "partition"), ("detach", "partition")):
        yield TableLock(name(action, 2), Level.ACCESS_EXCLUSIVE)
    if action[:1] == ("inherit",):
        yield TableLock(name(action, 1), Level.SHARE_UPDATE_EXCLUSIVE)
    if column := _remade_column(action):
        yield TableLock(f"tables bound to {table}.{column} by foreign keys, if any", Level.ACCESS_EXCLUSIVE)
    if action[:2] == ("drop", "constraint"):
        yield TableLock(f"the table that constraint {name(action, 2)} refers to, if any", Level.ACCESS_EXCLUSIVE)


def _remade_column(action: tuple[str, ...]) -> str:
    """Return the column that is dropped or changes its type, which affects its foreign keys; else an empty text."""
    at = 2 if action[1:2] == ("column",) else 1
    changed = action[at + 1 :]
    if action[:1] == ("alter",) and (changed[:1] == ("type",) or changed[:3] == ("set", "data", "type")):
        return action[at]
    if action[:1] == ("drop",) and action[1:2] != ("constraint",):
        return name(action, at)
    return ""
