"""Names of tables among the words of a statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from database.sqltext.lexer import tokens

_BEFORE_NAMES = frozenset({"if", "not", "exists", "only", "table"})
_KEPT = frozenset({"word", "glued", "quoted", "mark"})


def deep(text: str) -> Iterator[str]:
    """Yield all words of a statement, including those in parentheses."""
    for token in tokens(text):
        if token.kind == "group":
            yield "("
            yield from deep(token.text[1:].removesuffix(")"))  # an unclosed one ends with the text
            yield ")"
        elif token.kind in _KEPT:
            yield token.text if token.kind == "quoted" else token.text.lower()


def options(text: str) -> set[str]:
    """Return the words in the parentheses that follow a statement's first word."""
    words = list(deep(text))
    return set(words[2 : words.index(")")]) if words[1:2] == ["("] else set()


def name(words: Sequence[str], start: int = 0) -> str:
    """Return the name at a position, possibly with its schema; an empty text if there is none."""
    return "".join(words[slice(*_bounds(words, start))])


def rest(words: Sequence[str], start: int) -> Sequence[str]:
    """Return the words after the name at a position."""
    return words[_bounds(words, start)[1] :]


def names(words: Sequence[str], start: int = 0) -> Iterator[str]:
    """Yield the names, separated by commas, from a position on."""
    following = words[start:]
    while following:
        yield name(following)
        following = rest(following, 0)
        if following[:1] and following[0] != ",":
            return
        following = following[1:]


def _bounds(words: Sequence[str], start: int) -> tuple[int, int]:
    while start < len(words) and words[start] in _BEFORE_NAMES:
        start += 1
    end = start + 1
    while end < len(words) and words[end] == ".":
        end += 2
    return start, end


def after(words: Sequence[str], *phrase: str) -> Iterator[int]:
    """Yield each position that follows the phrase."""
    for at in range(len(words) - len(phrase) + 1):
        if tuple(words[at : at + len(phrase)]) == phrase:
            yield at + len(phrase)
