"""Conversion between properties and Cloudflare's JSON, which has the same names in snake case."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sandbox.providers.core import Kind, Property, Type, Value

_API_NAMES = {
    "workers_message": "workers/message",
    "workers_tag": "workers/tag",
    "workers_triggered_by": "workers/triggered_by",
    "installed_version": "installedVersion",
    "package_json_version": "packageJsonVersion",
}
"""The API's names that differ from the attributes' names."""


def to_api(
    properties: Mapping[str, Property], values: Mapping[str, Any], without: Collection[str] = ()
) -> dict[str, Any]:
    """Return a request body of the input properties, except those listed in `without`."""
    body: dict[str, Any] = {}
    for name, declared in properties.items():
        value = values.get(name)
        if value is not None and declared.input and name not in without:
            body[_api_name(declared)] = _to_api(declared.type, value)
    return body


def _to_api(kind: Type, value: Value) -> Value:
    if kind.fields is not None and isinstance(value, Mapping):
        return to_api(kind.fields, value)
    if kind.element is not None and isinstance(value, list):
        return [_to_api(kind.element, item) for item in value]
    if kind.element is not None and isinstance(value, Mapping):
        return {key: _to_api(kind.element, item) for key, item in value.items()}
    return value


def overlay(properties: Mapping[str, Property], state: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return `state` updated by the response: a null removes a property, and an omitted property stays."""
    result = dict(state)
    for name, declared in properties.items():
        key = _api_name(declared)
        if key not in answer:
            continue
        value = _from_api(declared.type, answer[key])
        if value is None:
            result.pop(name, None)
        else:
            result[name] = value
    return result


def completed(
    properties: Mapping[str, Property], planned: Mapping[str, Any], answer: Mapping[str, Any]
) -> dict[str, Any]:
    """Return `planned` with the vendor's computed values added at any depth; configured values stay unchanged."""
    result = dict(planned)
    for name, declared in properties.items():
        value = _from_api(declared.type, answer.get(_api_name(declared)))
        if name in planned and declared.input:
            result[name] = _completed(declared.type, planned[name], answer.get(_api_name(declared)))
        elif value is not None and (declared.computed or not declared.input):
            result[name] = value
    return result


def _completed(kind: Type, planned: Value, answer: Value) -> Value:
    if kind.fields is not None and isinstance(planned, Mapping):
        return completed(kind.fields, planned, answer if isinstance(answer, Mapping) else {})
    if kind.element is not None and isinstance(planned, list) and isinstance(answer, list):
        pairs = zip(planned, [*answer, *[None] * len(planned)], strict=False)
        return [_completed(kind.element, item, found) for item, found in pairs]
    return planned


def _from_api(kind: Type, value: Value) -> Value:
    if value is None:
        return None
    if kind.kind is Kind.STRING and not isinstance(value, str):
        return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else str(value)
    if kind.fields is not None and isinstance(value, Mapping):
        return overlay(kind.fields, {}, value)
    if kind.element is not None and isinstance(value, list):
        return [_from_api(kind.element, item) for item in value]
    if kind.element is not None and isinstance(value, Mapping):
        return {key: _from_api(kind.element, item) for key, item in value.items()}
    return value


def _api_name(declared: Property) -> str:
    return _API_NAMES.get(declared.api, declared.api)
