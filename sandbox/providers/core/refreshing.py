"""The inputs that describe a resource after a read: in the program's shape for a refresh, in full for an import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.core.planning import same
from sandbox.providers.core.schema import Kind, Property, Type
from sandbox.providers.core.values import Value


def refreshed(
    properties: Mapping[str, Property], inputs: Mapping[str, Any], state: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `inputs` with the values of `state`, without properties that are gone."""
    result: dict[str, Any] = {}
    for name, value in inputs.items():
        if name not in properties:
            result[name] = value
            continue
        found = _refreshed(properties[name].type, value, state.get(name))
        if found is not None:
            result[name] = found
    return result


def _refreshed(kind: Type, value: Value, found: Value) -> Value:
    if same(kind, value, found):
        return value
    if kind.kind is Kind.OBJECT and kind.fields and isinstance(value, Mapping) and isinstance(found, Mapping):
        return refreshed(kind.fields, value, found)
    if kind.element and kind.element.fields and isinstance(value, list) and isinstance(found, list):
        fields = kind.element.fields
        rest = list(value)
        items = []
        for item in found:
            named = _alike(fields, rest, item)
            items.append(imported(fields, item) if named is None else refreshed(fields, named, item))
        return items
    return found


def _alike(fields: Mapping[str, Property], rest: list[Any], item: Mapping[str, Any]) -> Value:
    """Remove from `rest` the element with the same key or name (or the first, without either), and return it."""
    label = next((label for label in ("key", "name") if label in fields), None)
    for index, candidate in enumerate(rest):
        if not isinstance(candidate, Mapping):
            continue
        if label is None or candidate.get(label) == item.get(label):
            return rest.pop(index)
    return None


def imported(properties: Mapping[str, Property], state: Mapping[str, Any]) -> dict[str, Any]:
    """Return every input property, except those that are empty or have their default."""
    result: dict[str, Any] = {}
    for name, declared in properties.items():
        value = state.get(name)
        if declared.input and not same(declared.type, value, declared.default):
            result[name] = _imported(declared.type, value)
    return {name: value for name, value in result.items() if value is not None}


def _imported(kind: Type, value: Value) -> Value:
    if kind.fields is not None and isinstance(value, Mapping):
        return imported(kind.fields, value)
    if kind.element is not None and isinstance(value, list):
        return [_imported(kind.element, item) for item in value]
    return value
