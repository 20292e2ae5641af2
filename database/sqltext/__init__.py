"""Reads a SQL text without a grammar: tokens, statements, names."""

from database.sqltext.lexer import TextError
from database.sqltext.names import after, deep, name, names, options, rest
from database.sqltext.statements import Statement, place, split

__all__ = [
    "Statement",
    "TextError",
    "after",
    "deep",
    "name",
    "names",
    "options",
    "place",
    "rest",
    "split",
]
