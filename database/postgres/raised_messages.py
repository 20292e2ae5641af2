"""Messages from functions of the database: RAISE can put values of rows into them, which must not be logged.

The part of a message that is in the migration's own text is shown, with an ellipsis for each filled-in value.
"""

from __future__ import annotations

import re

LEFT_OUT = "a function raised this error; its text is left out because it may quote rows"

_FUNCTION = "PL/pgSQL function "
_RAISED = re.compile(r"PL/pgSQL function .+ line \d+ at (RAISE|ASSERT)")
_RAISING_CLASSES = ("P0", "38", "39")
"""PL/pgSQL's own errors, and those of functions in other languages."""

_KEPT_CONTEXT = (_FUNCTION, 'SQL function "', "while ")
"""Other lines hold the text of a statement, in which a function may have put values, or a whole row."""

_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_QUOTED = re.compile(r'".*"', re.DOTALL)


def is_raised(sqlstate: str, context: str) -> bool:
    """Return whether a function wrote the message, rather than PostgreSQL."""
    return sqlstate.startswith(_RAISING_CLASSES) or _RAISED.match(context) is not None


def without_values(message: str, sqlstate: str, context: str, text: str) -> str:
    """Return the message without anything that may come from rows. `text` is the running statement or file."""
    if is_raised(sqlstate, context):
        return template_of(message, text) or LEFT_OUT
    if _FUNCTION in context and (quoted := _QUOTED.search(message)):
        # A function may build the statements that it executes.
        return message if quoted.group().strip('"').lower() in text.lower() else _QUOTED.sub('"…"', message)
    return message


def template_of(message: str, text: str) -> str:
    """Return the literal in `text` that the message was formatted from, with ellipses for values; may be empty."""
    for literal in _LITERAL.findall(text):
        words = literal.replace("''", "'")
        parts = [part.replace("%%", "%") for part in re.split(r"(?<!%)%(?!%)", words)]
        if re.fullmatch(".*".join(map(re.escape, parts)), message, re.DOTALL) and any(part.strip() for part in parts):
            return "…".join(parts)
    return ""


def context_lines(context: str) -> list[str]:
    """Return where it happened: names of functions and their lines, without values."""
    return [line for line in context.splitlines() if line.startswith(_KEPT_CONTEXT)]
