"""Conversion of environment variables between properties and the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.providers.core import Value

Variable = Mapping[str, Any]

_PLACE = {"targets": "target", "customEnvironmentIds": "customEnvironmentIds", "gitBranch": "gitBranch"}
"""The fields that define where a variable applies, and their names in the API."""


def body(variable: Variable) -> dict[str, Any]:
    """Return the request that creates a variable."""
    request: dict[str, Any] = {"key": variable["key"], "value": variable.get("value", "")}
    return request | settings(variable)


def settings(variable: Variable) -> dict[str, Any]:
    """Return all fields of the request except key and value."""
    request: dict[str, Any] = {
        "type": "sensitive" if variable.get("sensitive", True) else "encrypted",
        "comment": variable.get("comment", ""),
    }
    for name, api in _PLACE.items():
        if variable.get(name):
            request[api] = variable[name]
    return request


def state(answer: Variable, value: Value) -> dict[str, Any]:
    """Return a variable of the API as properties; `value` is that of a sensitive one, which the API never returns."""
    sensitive = answer.get("type") == "sensitive"
    result = {
        "id": answer.get("id"),
        "key": answer.get("key"),
        "value": value if sensitive else answer.get("value"),
        "targets": answer.get("target") or None,
        "customEnvironmentIds": answer.get("customEnvironmentIds") or None,
        "gitBranch": answer.get("gitBranch"),
        "sensitive": sensitive,
        "comment": answer.get("comment") or "",
    }
    return {name: item for name, item in result.items() if item is not None}


def is_same_place(variable: Variable, answer: Variable) -> bool:
    """Return whether the API's variable is that of the program: same key, targets, environments and branch."""
    return (
        variable.get("key") == answer.get("key")
        and set(variable.get("targets") or ()) == set(answer.get("target") or ())
        and set(variable.get("customEnvironmentIds") or ()) == set(answer.get("customEnvironmentIds") or ())
        and variable.get("gitBranch") == answer.get("gitBranch")
    )


def states(answers: Iterable[Variable], program: list[Any], *, just_created: bool = False) -> list[dict[str, Any]]:
    """Return the API's variables as properties, with values that the API hides taken from the program's list.

    The response to a creation encrypts all values.
    """
    result = []
    for answer in answers:
        mine = next((variable for variable in program if is_same_place(variable, answer)), None)
        value = mine.get("value") if mine else None
        item = state(answer, value)
        if just_created and value is not None:
            item["value"] = value
        result.append(item)
    return result


def invalid(variable: Variable) -> Iterator[str]:
    """Yield the errors that the plugin reports before any call."""
    targets = variable.get("targets")
    if isinstance(targets, list) and "development" in targets and variable.get("sensitive") is True:
        yield (
            "Project Environment Variable Invalid. Environment variables targeting `development` must explicitly set "
            "`sensitive = false`."
        )
    if "targets" not in variable and "customEnvironmentIds" not in variable:
        yield 'Invalid Attribute Combination. At least one of "customEnvironmentIds" and "targets" is required.'
