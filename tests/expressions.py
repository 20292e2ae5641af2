"""Conditions of workflows, judged as GitHub judges them, as far as the workflows here use them.

Source: docs.github.com/actions, "Evaluate expressions". Text is compared without regard to case; what an event lacks is
the empty text. Anything else in a condition is an error here, so that none is taken for true unread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Value = str | bool
_TOKEN = re.compile(r"\s*(&&|\|\||==|!=|!|\(\)|[()]|'(?:[^']|'')*'|[A-Za-z_][\w.-]*)")


def holds(condition: str, values: Mapping[str, Value]) -> bool:
    """Whether the condition is true where the contexts have these values; `success()` and such are keys as well.

    Raises ValueError for a condition that goes beyond the operators used here.
    """
    text = re.sub(r"^\$\{\{(.*)\}\}$", r"\1", " ".join(condition.split()))
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{condition!r} cannot be read from {text[at:]!r} on")
        tokens.append(found[1])
        at = found.end()
    value = _any(tokens, values)
    if tokens:
        raise ValueError(f"{condition!r} cannot be read from {tokens[0]!r} on")
    return bool(value)


def _any(tokens: list[str], values: Mapping[str, Value]) -> Value:
    found = _all(tokens, values)
    while tokens[:1] == ["||"]:
        del tokens[0]
        other = _all(tokens, values)
        found = found or other
    return found


def _all(tokens: list[str], values: Mapping[str, Value]) -> Value:
    found = _compared(tokens, values)
    while tokens[:1] == ["&&"]:
        del tokens[0]
        other = _compared(tokens, values)
        found = found and other
    return found


def _compared(tokens: list[str], values: Mapping[str, Value]) -> Value:
    found = _one(tokens, values)
    if tokens[:1] in (["=="], ["!="]):
        equal = tokens.pop(0) == "=="
        return (str(found).lower() == str(_one(tokens, values)).lower()) is equal
    return found


def _one(tokens: list[str], values: Mapping[str, Value]) -> Value:
    token = tokens.pop(0) if tokens else ""
    if token == "!":
        return not _one(tokens, values)
    if token == "(":
        found = _any(tokens, values)
        if tokens[:1] != [")"]:
            raise ValueError("a parenthesis is not closed")
        del tokens[0]
        return found
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    if tokens[:1] == ["()"]:
        return values[f"{token}{tokens.pop(0)}"]
    if not token or not re.match(r"[A-Za-z_]", token):
        raise ValueError(f"a value is missing before {token!r}")
    return values.get(token, "")
