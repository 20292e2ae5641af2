"""The planned state of a resource: the program's inputs, completed with defaults and the vendor's values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.providers.core.schema import Kind, Property, Type
from sandbox.providers.core.values import UNKNOWN, Value, has_unknown


def plan(
    properties: Mapping[str, Property], state: Mapping[str, Any] | None, inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the planned state after applying `inputs` to `state` (None for a new resource, whose computed properties
    are UNKNOWN).

    A property that the program omits gets its default; if it has none but the vendor computes it, it keeps its value;
    otherwise it is removed.
    """
    planned: dict[str, Any] = {}
    for name, declared in properties.items():
        value, present = inputs.get(name), (state or {}).get(name)
        if value is not None and declared.input:
            planned[name] = _within(declared.type, present, value)
        elif declared.default is not None:
            planned[name] = declared.default
        elif declared.computed and state is None:
            planned[name] = UNKNOWN
        elif declared.computed and present is not None:
            planned[name] = present
    return planned


def _within(kind: Type, present: Value, value: Value) -> Value:
    if value is UNKNOWN:
        return value
    if kind.kind is Kind.OBJECT and kind.fields is not None:
        return plan(kind.fields, present if isinstance(present, Mapping) else None, value)
    if kind.element is None:
        return value
    if kind.kind is Kind.MAP:
        old = present if isinstance(present, Mapping) else {}
        return {key: _within(kind.element, old.get(key), item) for key, item in value.items()}
    old_items = present if isinstance(present, list) else []
    if kind.kind is Kind.SET and kind.element.fields is not None:
        old_items = _aligned(kind.element.fields, old_items, value)
    return [
        _within(kind.element, old_items[index] if index < len(old_items) else None, item)
        for index, item in enumerate(value)
    ]


def _aligned(fields: Mapping[str, Property], old: list[Any], new: list[Any]) -> list[Any]:
    """Return the old elements of a set, each at the index of the new element whose configured fields match it."""
    rest = list(old)
    aligned: list[Any] = []
    for item in new:
        match = next((candidate for candidate in rest if _configured_alike(fields, candidate, item)), None)
        if match is not None:
            rest.remove(match)
        aligned.append(match)
    return aligned


def _configured_alike(fields: Mapping[str, Property], old: Value, new: Value) -> bool:
    if not isinstance(new, Mapping) or not isinstance(old, Mapping):
        return False
    return all(same(fields[name].type, old.get(name), value) for name, value in new.items() if name in fields)


def same(kind: Type, old: Value, new: Value) -> bool:
    """Return whether two values are equivalent: sets in any order, null like an empty collection, unknown never."""
    if has_unknown(old) or has_unknown(new):
        return False
    return bool(canonical(kind, old) == canonical(kind, new))


def canonical(kind: Type, value: Value) -> Value:
    """Return a canonical form, in which equivalent values are equal."""
    if value is None or value == [] or value == {}:
        return None
    if isinstance(value, Mapping):
        fields, element = kind.fields or {}, kind.element
        entries = {}
        for key, item in value.items():
            inner = fields[key].type if key in fields else element or Type(kind=Kind.ANY)
            entries[key] = canonical(inner, item)
        return {key: item for key, item in entries.items() if item is not None} or None
    if isinstance(value, list):
        items = [canonical(kind.element or Type(kind=Kind.ANY), item) for item in value]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) if kind.kind is Kind.SET else items
    return value
