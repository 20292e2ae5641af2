"""The comments `--!` with which a migration file configures its run."""

from __future__ import annotations

import re
from dataclasses import dataclass

from database.sqltext import Statement, TextError

_LINE = re.compile(r"^--!\s*(?P<name>[^\s:]+)\s*(?::\s*(?P<value>.*?))?\s*$")
_MISSPELT = re.compile(r"^--\s*(transaction|lock-timeout|statement-timeout|repeat|remaining|pause)\s*:")
_DURATION = re.compile(r"^(\d+)\s*(ms|s|min)$")
_UNIT_MS = {"ms": 1, "s": 1_000, "min": 60_000}
_LONGEST_MS = 2**31 - 1
_CHANGING = ("insert", "update", "delete", "merge")
_READING = ("select", "values", "table")


@dataclass(frozen=True, slots=True)
class FileDirectives:
    """How a file is run."""

    transaction: bool = True
    baseline: bool = False
    lock_timeout_ms: int | None = None
    """None means 2 s, and 10 min for statements with CONCURRENTLY, which block no reads or writes."""
    statement_timeout_ms: int | None = None
    """None means 30 s, and no limit for statements that PostgreSQL runs outside of a transaction."""

    def settings(self, *, outside_transaction: bool = False) -> str:
        """Return the timeouts as SQL, for the current transaction or, outside of one, for the session."""
        lock, statement = (600_000, 0) if outside_transaction else (2_000, 30_000)
        lock = lock if self.lock_timeout_ms is None else self.lock_timeout_ms
        statement = statement if self.statement_timeout_ms is None else self.statement_timeout_ms
        scope = "" if outside_transaction else "local "
        return f"set {scope}lock_timeout = {lock}; set {scope}statement_timeout = {statement}"


@dataclass(frozen=True, slots=True)
class Batches:
    """A statement that is repeated until it changes no row."""

    remaining: str
    """Query that counts the remaining rows."""
    pause_ms: int = 0


def duration_ms(text: str, offset: int) -> int:
    """Return the milliseconds in `500ms`, `2s`, `10min` or `0`."""
    match = _DURATION.match(text)
    if text == "0":
        return 0
    if match is None:
        raise TextError(f"{text!r} is not a duration like 500ms, 2s or 10min", offset)
    milliseconds = int(match[1]) * _UNIT_MS[match[2]]
    if milliseconds > _LONGEST_MS:
        raise TextError(f"{text} is longer than PostgreSQL can wait, which is 24 days", offset)
    return milliseconds


def _read(comments: tuple[str, ...], offset: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for comment in comments:
        if not comment.startswith("--!"):
            if _MISSPELT.match(comment):
                raise TextError(f"directives begin with --! and not with --: {comment}", offset)
            continue
        match = _LINE.match(comment)
        if match is None:
            raise TextError(f"not a directive: {comment}", offset)
        if match["name"] in found:
            raise TextError(f"directive {match['name']} appears twice", offset)
        found[match["name"]] = match["value"] or ""
    return found


def of_file(header: tuple[str, ...], offset: int) -> FileDirectives:
    """Return the file's directives, from the comments above its first statement; a statement's own are ignored."""
    given = {name: value for name, value in _read(header, offset).items() if name not in _STATEMENT_NAMES}
    unknown = sorted(given.keys() - _FILE_NAMES)
    if unknown:
        raise TextError(f"unknown directive {unknown[0]} (known: {', '.join(sorted(_FILE_NAMES))})", offset)
    if given.get("transaction", "none") != "none":
        raise TextError("the directive transaction takes the value none only", offset)
    if given.get("baseline"):
        raise TextError("the directive baseline takes no value", offset)
    if "baseline" in given and "transaction" in given:
        raise TextError("a baseline is recorded as a whole: it runs in a transaction", offset)
    lock, statement = (
        duration_ms(given[name], offset) if name in given else None for name in ("lock-timeout", "statement-timeout")
    )
    if lock == 0:
        raise TextError("a lock-timeout of 0 would wait for ever and block all later sessions", offset)
    return FileDirectives(
        transaction="transaction" not in given,
        baseline="baseline" in given,
        lock_timeout_ms=lock,
        statement_timeout_ms=statement,
    )


def of_statement(statement: Statement, *, transaction: bool, first: bool) -> Batches | None:
    """Return the batches that the comments above a statement request."""
    given = _read(statement.leading, statement.start)
    if first:
        given = {name: value for name, value in given.items() if name not in _FILE_NAMES}
    if not given:
        return None
    unknown = sorted(given.keys() - _STATEMENT_NAMES)
    if unknown:
        where = "belongs above the first statement only" if unknown[0] in _FILE_NAMES else "is unknown"
        raise TextError(f"directive {unknown[0]} {where}", statement.start)
    if given.get("repeat") != "until 0 rows" or not given.get("remaining"):
        raise TextError("a batch needs `--! repeat: until 0 rows` and `--! remaining: select …`", statement.start)
    if transaction:
        raise TextError("repeat needs `--! transaction: none` at the head of the file", statement.start)
    # For a `with`, only the words outside of its queries' parentheses count.
    verb = next((word for word in statement.words if word in _CHANGING + _READING), "")
    if statement.words[0] not in (*_CHANGING, "with") or verb not in _CHANGING:
        raise TextError(
            "repeat belongs above insert, update, delete or merge only, possibly after a `with`: "
            "it counts the rows that such a statement changes",
            statement.start,
        )
    pause = given.get("pause")
    return Batches(given["remaining"], 0 if pause is None else duration_ms(pause, statement.start))


_FILE_NAMES = frozenset({"transaction", "baseline", "lock-timeout", "statement-timeout"})
_STATEMENT_NAMES = frozenset({"repeat", "remaining", "pause"})
