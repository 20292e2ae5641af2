"""Values between JSON and PostgreSQL's text format, as Neon's SQL over HTTP converts them."""

from __future__ import annotations

import json
import math
from typing import Any

_BOOLEAN = 16
_INTEGERS = (21, 23)
_FLOATS = (700, 701)
_JSON = (114, 3802)


def parameter(value: object) -> bytes | None:
    """Return a parameter in PostgreSQL's text format: strings unchanged, lists as arrays, the rest as JSON."""
    match value:
        case None:
            return None
        case str():
            return value.encode()
        case list():
            return _array(value).encode()
        case _:
            return _compact(value).encode()


def output(value: bytes | None, type_: int, *, raw: bool) -> Any:  # noqa: ANN401 -- any JSON value
    """Return a column's value for the response: text, or (unless `raw`) JSON for types with a JSON form, not arrays."""
    if value is None:
        return None
    text = value.decode()
    if raw:
        return text
    if type_ == _BOOLEAN:
        return text == "t"
    if type_ in _INTEGERS:
        return int(text)
    if type_ in _FLOATS and math.isfinite(float(text)):
        return float(text)
    return json.loads(text) if type_ in _JSON else text


def _array(items: list[Any]) -> str:
    return "{" + ",".join(_element(item) for item in items) + "}"


def _element(item: object) -> str:
    match item:
        case None:
            return "NULL"
        case list():
            return _array(item)
        case dict():
            return json.dumps(_compact(item), ensure_ascii=False)
        case _:
            return _compact(item)


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
