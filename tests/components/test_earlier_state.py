"""A stack of an earlier release is continued unchanged. Prevents: a move of files that replaces production.

`golden/state.json` is the exported state of a whole stack, secrets replaced: the declarations of that release.
"""

from __future__ import annotations

import base64
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from tools.program.declared import rehearse

STATE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "golden" / "state.json").read_text())
OF_CLOUDS = {"zoneId", "accountId", "projectId", "database_id", "meta", "__provider"}
"""Inputs that come from a cloud or are derived from such values, and those that the SDK adds."""
OF_FILES = {"content", "checksum", "files", "schema_version", "bindings"}
"""Inputs that depend on the Workers' modules and sql/: they change in place."""
SINCE: dict[str, set[str]] = {}
"""Each resource with the inputs that were changed on purpose since then, all in place."""


@pytest.fixture(scope="module")
def declared() -> dict[tuple[str, str], dict[str, Any]]:
    found = {(each["type"], each["name"]): each for each in rehearse("sandbox")["resources"]}
    assert len(found) > 40
    return found


def test_every_resource_of_the_state_is_still_declared_under_its_name_and_parent(
    declared: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert len(STATE) > 40
    kept = {(each["type"], each["name"]) for each in STATE}
    assert kept - declared.keys() == set()
    for each in STATE:
        if each["inputs"]:
            parent = declared[each["type"], each["name"]]["parent"]
            assert [kind for kind, name in declared if name == parent and kind == each["parents"][-1]], each["name"]


def test_only_inputs_changed_on_purpose_differ(
    declared: dict[tuple[str, str], dict[str, Any]],
) -> None:
    compared = 0
    for each in STATE:
        now = declared[each["type"], each["name"]].get("inputs") or {}
        for name, value in each["inputs"].items():
            if name in OF_CLOUDS | OF_FILES | SINCE.get(each["name"], set()) or value == "[secret]":
                continue
            assert now.get(name) == value, (each["name"], name)
            compared += 1
    assert compared > 100


def test_inputs_changed_on_purpose_still_differ(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    for name, inputs in SINCE.items():
        (kept,) = (each for each in STATE if each["name"] == name)
        now = declared[kept["type"], name]["inputs"]
        assert {each for each in inputs if now.get(each) == kept["inputs"].get(each)} == set(), name


def test_providers_that_the_state_references_by_module_have_not_moved() -> None:
    kept = [each["inputs"]["__provider"] for each in STATE if "__provider" in each["inputs"]]
    names = {type(pickle.loads(base64.b64decode(each))).__qualname__ for each in kept}  # noqa: S301 -- our own state
    assert names == {"MigrationsProvider", "RowSecurityProvider"}


def test_protected_resources_stay_protected(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    protected = {(each["type"], each["name"]) for each in STATE if each["protect"]}
    assert len(protected) > 3
    assert {each for each in protected if not declared[each].get("protect")} == set()
