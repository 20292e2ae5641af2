"""The tokens of a SQL text, as in PostgreSQL's lexer, as far as the ends of statements depend on them.

Text in parentheses is one token: no statement ends inside, and in a text of several megabytes it is nearly everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_COMMENT = r"--[^\n\r]*"
"""PostgreSQL ends a line at a carriage return, too."""

_ESCAPED_PART = r"(?:[^'\\]++|\\.|'')*+"
_CONTINUED = rf"'(?:[ \t\f\v]|{_COMMENT})*+[\n\r](?:[ \t\n\r\f\v]|{_COMMENT}[\n\r])*+'"
"""A quote on a later line continues the previous string, and backslashes keep their meaning."""

_ESCAPED = rf"{_ESCAPED_PART}(?:{_CONTINUED}{_ESCAPED_PART})*+"
_PLAIN = r"(?:[^']++|'')*+"
_TAG = r"\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$"
_TOKEN = re.compile(
    rf"""
      (?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*+(?!['"&]))
    | (?P<mark>[),.;\\])
    | (?P<group>\()
    | (?P<comment>{_COMMENT})
    | (?P<block>/\*)
    | (?P<escaped>[eE]'{_ESCAPED}(?P<escaped_end>'?))
    | (?P<string>(?:[uU]&|[bBxXnN])?'{_PLAIN}(?P<string_end>'?))
    | (?P<quoted>(?:[uU]&)?"(?:[^"]++|"")*+(?P<quoted_end>"?))
    | (?P<glued>[A-Za-z_\x80-\U0010ffff][\w$]*)
    | (?P<dollar>{_TAG})
    | (?P<number>\d\w*)
    | (?P<other>[^\s\w'"(),.;\\$/-]+|[-/$])
    """,
    re.VERBOSE | re.DOTALL,
)
"""White space separates tokens. The most common kinds come first; a word before a quote may be its prefix."""

_INSIDE = re.compile(
    rf"""
    [^()'"$\\/-]*+
    (?:
      (?P<open>\()
    | (?P<close>\))
    | (?P<comment>{_COMMENT})
    | (?P<block>/\*)
    | (?P<escaped>(?<=[eE])(?<![\w$][eE])'{_ESCAPED}(?P<escaped_end>'?))
    | (?P<string>'{_PLAIN}(?P<string_end>'?))
    | (?P<quoted>"(?:[^"]++|"")*+(?P<quoted_end>"?))
    | (?P<dollar>(?<![\w$]){_TAG})
    | (?P<other>.)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
"""The significant text in parentheses, with all the insignificant text before it."""

_BLOCK_EDGE = re.compile(r"/\*|\*/")


class TextError(Exception):
    """The text cannot be divided into statements from `offset` on."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


class Token(NamedTuple):
    """A piece of the text; `kind` is the name of its group in the pattern."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield each token except white space.

    Raises TextError for an unclosed quote or comment, and for a backslash: psql's commands are not SQL.
    """
    position = 0
    while (match := _TOKEN.search(text, position)) is not None:
        kind = match.lastgroup or ""
        start, position = match.span()
        if kind == "word":
            yield Token(kind, match[0], start, position)
            continue
        if kind == "mark":
            if match[0] == "\\":
                raise _backslash(start)
        elif kind == "group":
            position = _group_end(text, position)
        else:
            kind = kind.removesuffix("_end")
            position = _end(text, match, kind)
        yield Token(kind, text[start:position], start, position)


def _group_end(text: str, position: int) -> int:
    """Return the end of the group that is open at `position`, or the end of the text, for the server to reject."""
    depth = 1
    while depth and (match := _INSIDE.match(text, position)) is not None:
        kind = (match.lastgroup or "").removesuffix("_end")
        position = match.end()
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
        elif kind == "other":
            if text[position - 1] == "\\":
                raise _backslash(position - 1)
        else:
            position = _end(text, match, kind)
    return len(text) if depth else position


def _end(text: str, match: re.Match[str], kind: str) -> int:
    """Return the end of a token whose pattern matches only its beginning, or which has to be closed."""
    start, end = match.start(kind), match.end()
    if kind == "comment" and match[kind].startswith("--!") and match.re is _INSIDE:
        raise TextError("a directive belongs above a statement, not inside one", start)
    if kind in ("escaped", "string", "quoted") and not match[f"{kind}_end"]:
        raise TextError(f"a quote {match[kind].lstrip('eEuUbBxXnN&')[:1]} is opened and never closed", start)
    if kind == "block":
        return _block_end(text, start)
    if kind == "dollar":
        closing = text.find(match[kind], end)
        if closing < 0:
            raise TextError(f"{match[kind]} is opened and never closed", start)
        return closing + len(match[kind])
    return end


def _block_end(text: str, start: int) -> int:
    """Return the end of a C-style comment; in SQL such comments nest."""
    depth = 0
    for edge in _BLOCK_EDGE.finditer(text, start):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return edge.end()
    raise TextError("a comment /* is opened and never closed", start)


def _backslash(offset: int) -> TextError:
    return TextError("a backslash outside of quotes: psql's commands are not SQL", offset)
