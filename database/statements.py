"""Where each statement of a SQL text begins and ends, without understanding the grammar.

A lexer instead of a parser: it reads what any PostgreSQL release reads, a text of several megabytes in seconds, and
keeps the character offsets in which the server reports its errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<escaped>[eE]'(?:[^'\\]++|\\.|'')*+(?P<escaped_end>'?))
    | (?P<string>(?:[uU]&|[bBxXnN])?'(?:[^']++|'')*+(?P<string_end>'?))
    | (?P<quoted>(?:[uU]&)?"(?:[^"]++|"")*+(?P<quoted_end>"?))
    | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*)
    | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$)
    | (?P<number>\d\w*)
    | (?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_KEPT_WORDS = 256
"""Words kept of each statement; what a statement is shows in its first dozen."""


class TextError(Exception):
    """The text cannot be cut into statements, from `offset` on."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement without its semicolon."""

    text: str
    start: int
    """Offset of its first character that is not space or comment."""
    leading: tuple[str, ...]
    """The comments between the end of the previous statement and this one."""
    words: tuple[str, ...]
    """Its words and marks outside parentheses in lower case; quoted names keep their quotes and case."""

    def begins(self, *words: str) -> bool:
        """Whether these are its first words."""
        return self.words[: len(words)] == words


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1."""
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _tokens(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Each token but white space: its kind, text, start and end."""
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        assert match is not None  # `mark` takes any character
        kind = match.lastgroup or ""
        kind = kind.removesuffix("_end")
        end = match.end()
        if kind in ("escaped", "string", "quoted") and not match[f"{kind}_end"]:
            raise TextError(f"a quote {match[0][:1]} is opened and never closed", position)
        if kind == "block":
            end = _block_end(text, position)
        elif kind == "dollar":
            end = text.find(match[0], end) + len(match[0])
            if end < position + 2 * len(match[0]):
                raise TextError(f"{match[0]} is opened and never closed", position)
        if kind != "space":
            yield kind, text[position:end], position, end
        position = end


def _block_end(text: str, start: int) -> int:
    """The end of a comment of C's form, which nests in SQL."""
    depth = 0
    for edge in _BLOCK_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise TextError("a comment /* is opened and never closed", start)


class _Depth:
    """How deep a token stands in parentheses and in the body of a SQL-standard function (`begin atomic … end`)."""

    def __init__(self) -> None:
        self.parentheses = 0
        self.blocks = 0
        self._previous = ""
        self._routine = False

    @property
    def outside(self) -> bool:
        return self.parentheses == 0 and self.blocks == 0

    def enter(self, lexeme: str, position: int) -> None:
        """Follow one token, in lower case; `position` counts the statement's tokens from 0."""
        if lexeme == "(":
            self.parentheses += 1
        elif lexeme == ")":
            self.parentheses = max(0, self.parentheses - 1)
        elif position == 0:
            self._routine = lexeme == "create"
        elif self._previous not in ("as", "."):  # `as end` and `x.end` are names
            self._block(lexeme)
        self._previous = lexeme

    def _block(self, lexeme: str) -> None:
        if (lexeme == "atomic" and self._previous == "begin" and self._routine) or (self.blocks and lexeme == "case"):
            self.blocks += 1
        elif self.blocks and lexeme == "end":
            self.blocks -= 1


def split(text: str) -> list[Statement]:
    """The statements of `text`, without empty ones.

    Raises TextError for an open quote or comment, and for psql's commands.
    """
    statements: list[Statement] = []
    words: list[str] = []
    leading: list[str] = []
    start, last, count, depth = -1, 0, 0, _Depth()

    def close() -> None:
        nonlocal start, count, depth
        if start >= 0:
            statements.append(Statement(text[start:last], start, tuple(leading), tuple(words)))
            leading.clear()
        words.clear()
        start, count, depth = -1, 0, _Depth()

    for kind, lexeme, begin, end in _tokens(text):
        if kind in ("comment", "block"):
            if start < 0:
                leading.append(lexeme)
            elif lexeme.startswith("--!"):
                raise TextError("a directive stands above a statement, not within one", begin)
            continue
        if lexeme == "\\":
            raise TextError("a backslash outside of quotes: psql's commands are not SQL", begin)
        if lexeme == ";" and depth.outside:
            close()
            continue
        start = begin if start < 0 else start
        last = end
        lowered = lexeme.lower() if kind == "word" else lexeme
        was_outside = depth.outside
        depth.enter(lowered, count)
        count += 1
        if was_outside and depth.outside and len(words) < _KEPT_WORDS and kind in ("word", "quoted", "mark"):
            words.append(lowered)
    close()
    if any(comment.startswith("--!") for comment in leading):
        raise TextError("a directive without a statement below it", len(text))
    return statements
