"""Conversion of property values between the engine's format and plain Python.

The engine packs secrets, unknown values and output values into ordinary structs, marked with a signature. In Python
they are `Secret` and `UNKNOWN`; everything else is None, bool, int, float, str, list or dict. Whole numbers become int.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import json_format, struct_pb2

Value = Any
"""A property value: None, bool, int, float, str, list, dict, `Secret` or `UNKNOWN`, in any nesting."""

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 -- a marker of the protocol, not a password
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_UNKNOWN = {
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}
"""The unknown string (first, and the only one sent back), bool, number, list, asset, archive and object."""

_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class UnsupportedError(Exception):
    """A kind of value that none of these resources accepts; the message names it."""


class _Unknown:
    """The type of UNKNOWN, a value that is not known before the update."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must never be displayed."""

    value: Any

    def __repr__(self) -> str:
        return "Secret(…)"


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Return properties as plain Python, without null ones. Raises UnsupportedError for assets and archives."""
    properties = _decode(json_format.MessageToDict(struct))
    return properties if isinstance(properties, dict) else {}


def _decode(value: Value) -> Value:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value in _UNKNOWN:
        return UNKNOWN
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    match value.get(_SIGNATURE):
        case None:
            return {key: _decode(item) for key, item in value.items() if item is not None}
        case signature if signature == _SECRET:
            return Secret(_decode(value["value"]))
        case signature if signature == _OUTPUT:
            inner = _decode(value["value"]) if "value" in value else UNKNOWN
            return Secret(inner) if value.get("secret") else inner
        case signature if signature == _RESOURCE:
            return _decode(value["id"])
        case _:
            raise UnsupportedError("assets and archives are not inputs of any resource that is served here")


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return plain properties in the engine's format."""
    struct = struct_pb2.Struct()
    struct.update({key: _encode(value) for key, value in properties.items()})
    return struct


def _encode(value: Value) -> Value:
    if value is UNKNOWN:
        return _UNKNOWN_STRING
    if isinstance(value, Secret):
        return {_SIGNATURE: _SECRET, "value": _encode(value.value)}
    if isinstance(value, list):
        return [_encode(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _encode(item) for key, item in value.items()}
    return value


def reveal(value: Value) -> Value:
    """Return the value without its secret marks, at any depth."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, list):
        return [reveal(item) for item in value]
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    return value


def known(value: Value) -> Value:
    """Return the value without its unknown parts (list items, dict entries); an unknown value itself becomes None."""
    if value is UNKNOWN:
        return None
    if isinstance(value, list):
        return [known(item) for item in value if item is not UNKNOWN]
    if isinstance(value, Mapping):
        return {key: known(item) for key, item in value.items() if item is not UNKNOWN}
    return value


def has_unknown(value: Value) -> bool:
    """Return whether anything in the value is unknown."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    return value is UNKNOWN
