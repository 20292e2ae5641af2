"""Environment variables, as they are in properties and in the API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.providers.core import Value

Variable = Mapping[str, Any]

_PLACE = {"targets": "target", "customEnvironmentIds": "customEnvironmentIds", "gitBranch": "gitBranch"}
"""Where a variable applies."""


def body(variable: Variable) -> dict[str, Any]:
    """Return the request that makes a variable."""
    request: dict[str, Any] = {"key": variable["key"], "value": variable.get("value", "")}
    return request | settings(variable)


def settings(variable: Variable) -> dict[str, Any]:
    """All but key and value."""
    request: dict[str, Any] = {
        "type": "sensitive" if variable.get("sensitive", True) else "encrypted",
        "comment": variable.get("comment", ""),
    }
    for name, api in _PLACE.items():
        if variable.get(name):
            request[api] = variable[name]
    return request


def state(answer: Variable, value: Value) -> dict[str, Any]:
    """Return a variable in the API's form; `value` is the known value of a sensitive one, which is never returned."""
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
    """Return whether a variable of the program is the one that was answered: same key, targets, environments and branch."""
    return (
        variable.get("key") == answer.get("key")
        and set(variable.get("targets") or ()) == set(answer.get("target") or ())
        and set(variable.get("customEnvironmentIds") or ()) == set(answer.get("customEnvironmentIds") or ())
        and variable.get("gitBranch") == answer.get("gitBranch")
    )


def states(answers: Iterable[Variable], program: list[Any], *, just_created: bool = False) -> list[dict[str, Any]]:
    """Variables as answered, values that the API hides taken from the program's own list of them.

    The answer to a creation is encrypted throughout.
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
    """What the plugin refuses before any call."""
    targets = variable.get("targets")
    if isinstance(targets, list) and "development" in targets and variable.get("sensitive") is True:
        yield (
            "Project Environment Variable Invalid. Environment variables targeting `development` must explicitly set "
            "`sensitive = false`."
        )
    if "targets" not in variable and "customEnvironmentIds" not in variable:
        yield 'Invalid Attribute Combination. At least one of "customEnvironmentIds" and "targets" is required.'
