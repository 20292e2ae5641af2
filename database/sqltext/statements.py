"""Finds where each statement of a SQL text begins and ends, without knowledge of the grammar.

A lexer instead of a parser: it accepts what any PostgreSQL release accepts, reads several megabytes in seconds, and
keeps the character offsets in which the server reports its errors.
"""

from __future__ import annotations

from dataclasses import dataclass

from database.sqltext.lexer import TextError, Token, tokens

_KEPT = frozenset({"word", "glued", "quoted", "mark"})
_KEPT_WORDS = 256
"""How many words of each statement are kept; the first dozen determine what it is."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon."""

    text: str
    start: int
    """Offset of its first character that is not space or comment."""
    leading: tuple[str, ...]
    """The comments between the end of the previous statement and this one."""
    words: tuple[str, ...]
    """Its words and marks outside parentheses in lower case; quoted names keep their quotes and case.

    There is always one: an empty word if everything is in parentheses (`(select 1)`) or there are no words (`1`).
    """

    def begins(self, *words: str) -> bool:
        """Return whether these are its first words."""
        return self.words[: len(words)] == words


def place(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


class _Open:
    """A statement that is still being read."""

    __slots__ = ("_previous", "blocks", "end", "leading", "start", "words")

    def __init__(self, leading: tuple[str, ...], start: int) -> None:
        self.leading = leading
        self.start = start
        self.end = start
        self.words: list[str] = []
        self.blocks = 0
        """Depth in the body of a SQL-standard function (`begin atomic … end`), where semicolons end nothing."""
        self._previous = ""

    def add(self, token: Token) -> None:
        kind, word, _start, self.end = token
        if kind not in _KEPT:
            self._previous = ""
            return
        if kind != "quoted":
            word = word.lower()
        outside = not self.blocks
        if word == "atomic" and self._previous == "begin" and self._is_routine():
            self.blocks += 1
        elif self.blocks and word == "end" and self._previous in (";", "atomic"):
            self.blocks -= 1  # any other `end` closes a CASE or is a name
        if outside and not self.blocks and len(self.words) < _KEPT_WORDS:
            self.words.append(word)
        self._previous = word

    def _is_routine(self) -> bool:
        head = [word for word in self.words[:4] if word not in ("or", "replace")]
        return head[:1] == ["create"] and head[1:2] in (["function"], ["procedure"])

    def closed(self, text: str) -> Statement:
        return Statement(text[self.start : self.end], self.start, self.leading, tuple(self.words) or ("",))


def split(text: str) -> list[Statement]:
    """Return the statements of `text`, without empty ones.

    Raises TextError for the reasons of `tokens`, and for misplaced directives.
    """
    statements: list[Statement] = []
    leading: list[str] = []
    current: _Open | None = None
    for token in tokens(text):
        if token.kind in ("comment", "block"):
            if current is None:
                leading.append(token.text)
            elif token.text.startswith("--!"):
                raise TextError("a directive belongs above a statement, not inside one", token.start)
        elif token.text == ";" and not (current and current.blocks):
            if current:
                statements.append(current.closed(text))
            current = None
        else:
            if current is None:
                current = _Open(tuple(leading), token.start)
                leading.clear()
            current.add(token)
    if current:
        statements.append(current.closed(text))
    if any(comment.startswith("--!") for comment in leading):
        raise TextError("a directive without a statement below it", len(text))
    return statements
