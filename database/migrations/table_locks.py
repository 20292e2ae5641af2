"""The locks that the statements of a file take, derived from their words.

Source: PostgreSQL's documentation, "Explicit Locking" and the pages of ALTER TABLE and CREATE INDEX. If the words do
not name a table (that of a dropped index, or the target of a dropped foreign key), a phrase describes it. Statements
inside a function, a DO block or a trigger, and the effects of CASCADE and partitions, are not visible here.
"""

from __future__ import annotations

from collections.abc import Iterator

from database.migrations import statement_rules
from database.migrations.alter_table_locks import of_alter_table
from database.migrations.files import Migration
from database.migrations.lock_modes import Level, TableLock
from database.sqltext import Statement, after, deep, name, names, options, rest


def of_file(migration: Migration) -> list[TableLock]:
    """Return its locks on tables that it does not create itself, strongest first."""
    strongest: dict[str, Level] = {}
    made: set[str] = set()
    for statement in migration.statements:
        if statement.begins("create", "table"):
            made.add(name(statement.words, 2))
        for lock in _of_statement(statement):
            if lock.table and lock.table not in made:
                strongest[lock.table] = max(lock.level, strongest.get(lock.table, lock.level))
    return sorted((TableLock(*each) for each in strongest.items()), key=lambda lock: (-lock.level, lock.table))


def _of_statement(statement: Statement) -> Iterator[TableLock]:
    words = statement.words
    if statement.begins("alter", "table"):
        yield from of_alter_table(statement)
    elif statement.begins("alter", "materialized", "view"):
        yield from of_alter_table(statement, start=3)
    elif statement.begins("create", "or", "replace") and "view" in words[3:6]:
        yield TableLock(name(words, words.index("view") + 1), Level.ACCESS_EXCLUSIVE)
    elif statement.begins("alter", "domain"):
        yield from _alter_domain(statement)
    elif words[0] == "create" and "index" in words[:3]:
        concurrent = statement_rules.concurrent(statement)
        yield TableLock(
            statement_rules.indexed_table(statement) or "", Level.SHARE_UPDATE_EXCLUSIVE if concurrent else Level.SHARE
        )
    elif words[0] == "create" and "table" in words[:4]:
        yield from _create_table(statement)
    elif words[0] in ("drop", "reindex") and "index" in words[:2]:
        yield from _of_index(statement)
    elif words[0] in ("create", "alter", "drop") and _ON_TABLE.intersection(words[1:5]):
        makes_trigger = words[0] == "create" and "trigger" in words[:5]
        level = Level.SHARE_ROW_EXCLUSIVE if makes_trigger else Level.ACCESS_EXCLUSIVE
        makes_rule = words[0] == "create" and "rule" in words[:4]
        for at in after(words, "to" if makes_rule else "on"):  # `create rule r as on delete to t`
            yield TableLock(name(words, at), level)
            return
    elif words[0] in ("with", "insert", "update", "delete", "merge"):
        yield from _writes(list(deep(statement.text)))
    elif words[0] in ("vacuum", "analyze", "cluster", "reindex"):
        yield from _maintenance(statement)
    elif words[0] == "lock":
        yield from _lock(statement)
    else:
        yield from _simple(statement)


_ON_TABLE = frozenset({"policy", "trigger", "rule"})


def _create_table(statement: Statement) -> Iterator[TableLock]:
    words = list(deep(statement.text))
    for at in after(words, "references"):
        yield TableLock(name(words, at), Level.SHARE_ROW_EXCLUSIVE)
    for at in after(words, "partition", "of"):
        yield TableLock(name(words, at), Level.ACCESS_EXCLUSIVE)
    for at in after(words, "inherits", "("):
        for parent in names(words, at):
            yield TableLock(parent, Level.SHARE_UPDATE_EXCLUSIVE)


def _alter_domain(statement: Statement) -> Iterator[TableLock]:
    """Yield the lock of a new or validated constraint of a domain, which is checked against all existing rows."""
    action = tuple(rest(statement.words, 2))
    checks = action[:1] in (("add",), ("validate",)) or action[:3] == ("set", "not", "null")
    if checks and action[-2:] != ("not", "valid"):
        yield TableLock(f"tables with columns of domain {name(statement.words, 2)}, if any", Level.SHARE)


def _of_index(statement: Statement) -> Iterator[TableLock]:
    level = Level.SHARE if statement.begins("reindex") else Level.ACCESS_EXCLUSIVE
    words = [word for word in statement.words if word != "concurrently"]
    if statement_rules.concurrent(statement):
        level = Level.SHARE_UPDATE_EXCLUSIVE
    for index in names(words, 2):
        yield TableLock(f"the table of index {index}", level)


def _writes(words: list[str]) -> Iterator[TableLock]:
    """Yield the locks of rows written by the statement itself or by a query in its WITH clause."""
    for phrase in (("insert", "into"), ("delete", "from"), ("merge", "into"), ("update",)):
        for at in after(words, *phrase):
            before = words[at - 2] if phrase == ("update",) and at > 1 else "("
            if before in ("(", ")", "as"):  # not `for update`, `do update`, `then update`
                yield TableLock(name(words, at), Level.ROW_EXCLUSIVE)


def _maintenance(statement: Statement) -> Iterator[TableLock]:
    given = options(statement.text)
    level = {"cluster": Level.ACCESS_EXCLUSIVE, "reindex": Level.SHARE}.get(
        statement.words[0], Level.SHARE_UPDATE_EXCLUSIVE
    )
    if statement.begins("vacuum") and "full" in given | set(statement.words[1:2]):
        level = Level.ACCESS_EXCLUSIVE
    if statement_rules.concurrent(statement):
        level = Level.SHARE_UPDATE_EXCLUSIVE
    words = [word for word in statement.words[1:] if word not in _HOW]
    for table in names(words):
        yield TableLock(table, level)


_HOW = frozenset({"full", "freeze", "verbose", "analyze", "concurrently"})


def _lock(statement: Statement) -> Iterator[TableLock]:
    words = statement.words
    mode = next((" ".join(words[at:]).removesuffix(" nowait") for at in after(words, "in")), "access exclusive mode")
    for level in Level:
        if f"{level.label} mode" == mode:  # the two weakest block nobody
            for table in names(words, 1):
                yield TableLock(table, level)


def _simple(statement: Statement) -> Iterator[TableLock]:
    words = statement.words
    for phrase, level in _SIMPLE:
        if words[: len(phrase)] == phrase:
            for table in names(words, len(phrase)):
                yield TableLock(table, level)
                if phrase == ("drop", "table"):
                    yield TableLock(f"tables that {table} refers to, if any", level)
            return
    if statement.begins("comment", "on", "column"):
        yield TableLock(name(words, 3).rpartition(".")[0], Level.SHARE_UPDATE_EXCLUSIVE)
    elif statement.begins("create", "statistics") and "from" in words:
        yield TableLock(name(words, words.index("from") + 1), Level.SHARE_UPDATE_EXCLUSIVE)
    elif statement.begins("copy") and "from" in words:
        yield TableLock(name(words, 1), Level.ROW_EXCLUSIVE)


_SIMPLE: tuple[tuple[tuple[str, ...], Level], ...] = (
    (("comment", "on", "table"), Level.SHARE_UPDATE_EXCLUSIVE),
    (("truncate",), Level.ACCESS_EXCLUSIVE),
    (("drop", "table"), Level.ACCESS_EXCLUSIVE),
    (("drop", "view"), Level.ACCESS_EXCLUSIVE),
    (("drop", "materialized", "view"), Level.ACCESS_EXCLUSIVE),
    (("alter", "view"), Level.ACCESS_EXCLUSIVE),
    (("refresh", "materialized", "view", "concurrently"), Level.EXCLUSIVE),
    (("refresh", "materialized", "view"), Level.ACCESS_EXCLUSIVE),
)
