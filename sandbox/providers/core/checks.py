"""Validation of a program's inputs against a resource type, with the official bridge's messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.core.schema import Kind, Property, Type
from sandbox.providers.core.values import UNKNOWN, Value

_EXPECTED: dict[Kind, tuple[str, type | tuple[type, ...]]] = {
    Kind.STRING: ("String", str),
    Kind.NUMBER: ("Number", (int, float)),
    Kind.INTEGER: ("Number", int),
    Kind.BOOLEAN: ("Boolean", bool),
    Kind.ARRAY: ("Array", list),
    Kind.SET: ("Array", list),
    Kind.MAP: ("Object", dict),
    Kind.OBJECT: ("Object", dict),
}
_NAMES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}


def failures(properties: Mapping[str, Property], inputs: Mapping[str, Any], path: str) -> Iterator[str]:
    """Yield the errors in `inputs` (without secret marks). Each message ends with the path, which starts with `path`.

    Values are never part of a message, because they could be secrets.
    """
    for name, value in inputs.items():
        if name.startswith("__"):
            continue
        declared = properties.get(name)
        if declared is None or not declared.input:
            yield at(f'Unsupported argument. An argument named "{name}" is not expected here.', f"{path}.{name}")
            continue
        for other in declared.conflicts_with:
            if other in inputs:
                yield at(f'Conflicting configuration arguments. "{name}": conflicts with {other}.', f"{path}.{name}")
        yield from _value(declared, declared.type, value, f"{path}.{name}")
    for name, declared in properties.items():
        if declared.required and name not in inputs:
            yield at(
                f'Missing required argument. The argument "{name}" is required, but no definition was found.',
                f"{path}.{name}",
            )


def at(reason: str, path: str) -> str:
    """Return a failure's text with its path."""
    return f"{reason} Examine values at '{path}'."


def _value(declared: Property, kind: Type, value: Value, path: str) -> Iterator[str]:
    if value is UNKNOWN or value is None:
        return
    if kind.kind is not Kind.ANY:
        name, accepted = _EXPECTED[kind.kind]
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind.kind is not Kind.BOOLEAN):
            found = _NAMES.get(type(value), type(value).__name__)
            yield at(f"Expected {name} Type. Expected {name.lower()}, got {found}.", path)
            return
    match kind:
        case Type(kind=Kind.OBJECT, fields=fields) if fields is not None:
            yield from failures(fields, value, path)
        case Type(kind=Kind.ARRAY | Kind.SET, element=element) if element is not None:
            for index, item in enumerate(value):
                yield from _value(declared, element, item, f"{path}[{index}]")
        case Type(kind=Kind.MAP, element=element) if element is not None:
            for key, item in value.items():
                yield from _value(declared, element, item, f"{path}.{key}")
        case _:
            yield from _scalar(declared, value, path)


def _scalar(declared: Property, value: Value, path: str) -> Iterator[str]:
    if declared.enum and str(value) not in declared.enum:
        yield at(f"Invalid Attribute Value Match. The value must be one of: {', '.join(declared.enum)}.", path)
    size = len(value) if isinstance(value, str) else value
    if not isinstance(size, int | float) or isinstance(size, bool):
        return
    low, high = declared.minimum, declared.maximum
    if (low is not None and size < low) or (high is not None and size > high):
        what = "length must be" if isinstance(value, str) else "value must be"
        bounds = f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
        yield at(f"Invalid Attribute Value. The {what} {bounds}.", path)
