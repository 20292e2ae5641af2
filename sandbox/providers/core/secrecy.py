"""Secret marks: on values of the type's secret properties, and on values that were given as secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.core.schema import Property, Type
from sandbox.providers.core.values import Secret, Value, reveal


def mark(properties: Mapping[str, Property], values: Mapping[str, Any], *sources: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with secret marks; marks in `sources` (inputs or states) are carried over by name.

    Elements of an array may have moved, so one mark that does not come from the type marks the whole array.
    """
    return {
        name: _mark(properties.get(name), value, [source[name] for source in sources if name in source])
        for name, value in values.items()
    }


def _mark(declared: Property | None, value: Value, sources: list[Any]) -> Value:
    plain = reveal(value)
    if isinstance(value, Secret) or any(isinstance(source, Secret) for source in sources):
        return Secret(plain)
    if declared is None:
        return Secret(plain) if any(_leaks(None, source) for source in sources) else value
    return Secret(plain) if declared.secret else _inner(declared.type, value, sources)


def _inner(kind: Type, value: Value, sources: list[Any]) -> Value:
    if isinstance(value, Mapping):
        named = [source for source in sources if isinstance(source, Mapping)]
        return mark(kind.fields or {}, value, *named)
    if isinstance(value, list):
        if any(_leaks(kind, source) for source in sources):
            return Secret(reveal(value))
        return [_inner(kind.element, item, []) if kind.element else item for item in value]
    return value


def _leaks(kind: Type | None, source: Value) -> bool:
    """Return whether `source` has a mark where the type itself has none."""
    if isinstance(source, Secret):
        return True
    if isinstance(source, list):
        element = kind.element if kind else None
        return any(_leaks(element, item) for item in source)
    if isinstance(source, Mapping):
        fields = (kind.fields if kind else None) or {}
        return any(
            _leaks(fields[name].type if name in fields else kind.element if kind else None, item)
            for name, item in source.items()
            if not (name in fields and fields[name].secret)
        )
    return False
