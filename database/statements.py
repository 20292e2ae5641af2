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
      (?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*+(?!['"&]))
    | (?P<mark>[(),.;\\])
    | (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<escaped>[eE]'(?:[^'\\]++|\\.|'')*+(?P<escaped_end>'?))
    | (?P<string>(?:[uU]&|[bBxXnN])?'(?:[^']++|'')*+(?P<string_end>'?))
    | (?P<quoted>(?:[uU]&)?"(?:[^"]++|"")*+(?P<quoted_end>"?))
    | (?P<glued>[A-Za-z_\x80-\U0010ffff][\w$]*)
    | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$)
    | (?P<number>\d\w*)
    | (?P<other>[^\s\w'"(),.;\\$/-]+|[-/$])
    """,
    re.VERBOSE | re.DOTALL,
)
"""Between two tokens is white space. The commonest kinds come first; a word before a quote may be its prefix."""

_BLOCK_EDGE = re.compile(r"/\*|\*/")
_WORDS = frozenset({"word", "glued"})
_STRUCTURAL = _WORDS | {"mark"}
_KEPT = _STRUCTURAL | {"quoted"}
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
    search, position = _TOKEN.search, 0
    while (match := search(text, position)) is not None:
        kind = match.lastgroup or ""
        start, position = match.span()
        if kind in ("word", "mark"):
            yield kind, match[0], start, position
            continue
        kind = kind.removesuffix("_end")
        if kind in ("escaped", "string", "quoted") and not match[f"{kind}_end"]:
            raise TextError(f"a quote {match[0][:1]} is opened and never closed", start)
        if kind == "block":
            position = _block_end(text, start)
        elif kind == "dollar":
            position = text.find(match[0], position) + len(match[0])
            if position < start + 2 * len(match[0]):
                raise TextError(f"{match[0]} is opened and never closed", start)
        yield kind, text[start:position], start, position


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

    __slots__ = ("_previous", "_routine", "blocks", "outside", "parentheses")

    def __init__(self) -> None:
        self.parentheses = 0
        self.blocks = 0
        self.outside = True
        """Whether the last token stood in neither."""
        self._previous = ""
        self._routine = False

    def enter(self, lexeme: str, position: int) -> None:
        """Follow one word or mark, in lower case; `position` counts the statement's tokens from 0."""
        if lexeme == "(":
            self.parentheses += 1
        elif lexeme == ")":
            self.parentheses = max(0, self.parentheses - 1)
        elif position == 0:
            self._routine = lexeme == "create"
        elif self._routine and self._previous not in ("as", "."):  # `as end` and `x.end` are names
            self._block(lexeme)
        self._previous = lexeme
        self.outside = not self.parentheses and not self.blocks

    def _block(self, lexeme: str) -> None:
        if (lexeme == "atomic" and self._previous == "begin") or (self.blocks and lexeme == "case"):
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
        lowered = lexeme.lower() if kind in _WORDS else lexeme
        was_outside = depth.outside
        if kind in _STRUCTURAL:
            depth.enter(lowered, count)
        count += 1
        if was_outside and depth.outside and len(words) < _KEPT_WORDS and kind in _KEPT:
            words.append(lowered)
    close()
    if any(comment.startswith("--!") for comment in leading):
        raise TextError("a directive without a statement below it", len(text))
    return statements
