"""Rules for the statements that a migration may contain, applied before any of them runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from database.sqltext import Statement, options


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a statement may not run, and what to write instead."""

    what: str
    remedy: str


_Rule = tuple[Callable[[Statement], bool], str, str]


def _first(*choices: str) -> Callable[[Statement], bool]:
    """Return a test of whether a statement begins with one of the choices, each of one or more words."""
    phrases: dict[str, list[tuple[str, ...]]] = {}
    for choice in choices:
        words = tuple(choice.split())
        phrases.setdefault(words[0], []).append(words)
    return lambda statement: any(statement.begins(*phrase) for phrase in phrases.get(statement.words[0], ()))


_INDEXING = _first("create", "drop", "reindex")
_RESETTING = _first("reset", "discard")


def concurrent(statement: Statement) -> bool:
    """Return whether it is one of the statements with CONCURRENTLY that manage their own transactions."""
    words = statement.words
    if statement.begins("refresh"):
        return False  # the only CONCURRENTLY that is allowed in a transaction
    if statement.begins("alter", "table"):
        return "detach" in words and words[-1] == "concurrently"
    return _INDEXING(statement) and "concurrently" in words[:6]


def _unlocal_set(statement: Statement) -> bool:
    if statement.begins("set"):
        return statement.words[1:2] not in (("local",), ("constraints",), ("transaction",))
    return _RESETTING(statement)


def _read_only(statement: Statement) -> bool:
    words = statement.words
    return statement.begins("set") and ("transaction_read_only" in words[:3] or ("read", "only") in pairwise(words))


def _temporary(statement: Statement) -> bool:
    if statement.words[0] == "select":
        return not {("into", "temp"), ("into", "temporary")}.isdisjoint(pairwise(statement.words))
    kind = [word for word in statement.words[1:6] if word not in ("or", "replace", "global", "local")]
    return statement.begins("create") and (kind[:1] in (["temp"], ["temporary"]) or "pg_temp" in kind)


def _client_copy(statement: Statement) -> bool:
    words = statement.words
    pairs = set(pairwise(words))
    return statement.begins("copy") and not pairs.isdisjoint({("from", "stdin"), ("to", "stdout")})


_ALWAYS: tuple[_Rule, ...] = (
    (
        _first("begin", "start transaction", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare"),
        "the runner owns the transaction",
        "Remove it, or split the file.",
    ),
    (_client_copy, "COPY from or to the client carries no SQL", "Use insert … values."),
    (
        _first(
            "alter system", "create database", "drop database", "alter database", "create tablespace",
            "drop tablespace", "create subscription", "alter subscription", "drop subscription", "listen", "unlisten",
        ),
        "it does not belong in a migration",
        "Declare it where the server or the project is declared.",
    ),
    (
        lambda statement: statement.begins("alter", "table") and concurrent(statement),
        "an interrupted DETACH PARTITION CONCURRENTLY cannot be resumed safely",
        "Detach without CONCURRENTLY, under a lock-timeout.",
    ),
    (
        lambda statement: statement.begins("reindex") and "concurrently" in options(statement.text),
        "an option in parentheses cannot be resumed after an interruption",
        "Write `reindex index concurrently NAME`, or `reindex table concurrently NAME`.",
    ),
    (
        lambda statement: statement.words in (("cluster",), ("cluster", "verbose")),
        "CLUSTER of all tables cannot run in a transaction",
        "Name the table.",
    ),
    (
        lambda statement: statement.begins("reindex") and not {"index", "table"} & set(statement.words[:3]),
        "REINDEX of more than one table cannot be resumed safely",
        "Name each index or table.",
    ),
)  # fmt: skip

_IN_TRANSACTION: tuple[_Rule, ...] = (
    (concurrent, "CONCURRENTLY cannot run in a transaction", "Put it into a file with `--! transaction: none`."),
    (_first("vacuum"), "VACUUM cannot run in a transaction", "Put it into a file with `--! transaction: none`."),
    (_read_only, "the ledger could not be written in a read-only transaction", "Remove it."),
    (_unlocal_set, "a setting of the session would outlive the file", "Use `set local`, or a directive."),
)

_OUTSIDE_TRANSACTION: tuple[_Rule, ...] = (
    (
        _first("set", "reset", "discard", "lock"),
        "outside of a transaction it has no effect, or one that lasts too long",
        "Use a directive, or a file with a transaction.",
    ),
    (
        _temporary,
        "after an interruption, the run continues in another session and would not find it",
        "Use a table that a later statement drops, or a file with a transaction.",
    ),
    (
        lambda statement: statement.begins("create") and concurrent(statement) and index_name(statement) is None,
        "the index has no name, so an interrupted build could not be found again",
        "Name the index.",
    ),
)


def refusal(statement: Statement, *, transaction: bool) -> Refusal | None:
    """Return why the statement is not allowed in such a file; None if it is."""
    for applies, what, remedy in _ALWAYS + (_IN_TRANSACTION if transaction else _OUTSIDE_TRANSACTION):
        if applies(statement):
            return Refusal(what, remedy)
    return None


def needs_no_transaction(statement: Statement) -> bool:
    """Return whether PostgreSQL refuses the statement inside a transaction."""
    return concurrent(statement) or statement.begins("vacuum")


def index_name(statement: Statement) -> str | None:
    """Return the name, possibly with a schema, of the index that a concurrent statement builds, drops or rebuilds."""
    words = list(statement.words)
    after = words[words.index("concurrently") + 1 :]
    for optional in ("if", "not", "exists"):
        if after[:1] == [optional]:
            after = after[1:]
    if not after or after[0] == "on":
        return None
    name = after[0]
    if after[1:2] == ["."] and len(after) > 2:
        name = f"{name}.{after[2]}"
    return name


def indexed_table(statement: Statement) -> str | None:
    """Return the table of a CREATE INDEX, possibly with a schema."""
    words = list(statement.words)
    after = words[words.index("on") + 1 :] if "on" in words else []
    if after[:1] == ["only"]:
        after = after[1:]
    return ".".join((after[0], after[2])) if after[1:2] == ["."] else after[0] if after else None
