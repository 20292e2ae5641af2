"""Differences between two sets of facts, with the statements that repair them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

from database.postgres import halves
from database.row_security.facts.columns_and_keys import (
    compare_column,
    compare_constraint,
    compare_index,
    compare_unique_key,
)
from database.row_security.facts.difference import APPLICATION_ROLES, Difference, Need
from database.row_security.facts.facts import Facts, Value
from database.row_security.facts.functions_grants_roles import compare_function, compare_grant, compare_role
from database.row_security.facts.objects import compare_object
from database.row_security.facts.relations_and_policies import (
    compare_policy,
    compare_relation,
    compare_rule,
    compare_trigger,
)
from database.row_security.facts.sessions import compare_event_trigger, compare_schema, compare_setting

__all__ = ["APPLICATION_ROLES", "Difference", "Need", "compare", "unprotected"]

_COMPARERS: dict[str, Callable[[str, Value | None, Value | None], Iterator[Difference]]] = {
    "role": compare_role,
    "schema": compare_schema,
    "setting": compare_setting,
    "function": compare_function,
    "event trigger": compare_event_trigger,
    "relation": compare_relation,
    "column": compare_column,
    "unique key": compare_unique_key,
    "constraint": compare_constraint,
    "index": compare_index,
    "object": compare_object,
    "trigger": compare_trigger,
    "rule": compare_rule,
    "policy": compare_policy,
    "grant": compare_grant,
}
"""In the order of repair: dependencies come first."""

_PARTS = {"trigger", "rule", "policy"}
"""Kinds that belong to one relation and are reported on their own."""
_REPORTED_WITH_TABLE = {"column", "unique key", "constraint", "index"}
"""Kinds that add nothing to the report of an undeclared table."""


def compare(declared: Facts, actual: Facts) -> list[Difference]:
    """Return all differences, in a stable order. Repairs of an object come before those of its dependents."""
    relations = {name for name, _ in declared.of("relation")}
    found: list[Difference] = []
    for kind, compare_one in _COMPARERS.items():
        wanted, there = dict(declared.of(kind)), dict(actual.of(kind))
        for thing in sorted(wanted.keys() | there.keys()):
            if wanted.get(thing) == there.get(thing):
                continue
            elsewhere = kind in _PARTS | _REPORTED_WITH_TABLE and halves(thing, ".")[0] not in relations
            if elsewhere and kind in _REPORTED_WITH_TABLE:
                continue
            found += [
                _marked(each, there.get(thing), elsewhere=elsewhere) if each.foreign else each
                for each in compare_one(thing, wanted.get(thing), there.get(thing))
            ]
    return found


def _marked(foreign: Difference, value: Value | None, *, elsewhere: bool) -> Difference:
    digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]
    marked = replace(foreign, mark=f"{foreign.key} {digest}", elsewhere=elsewhere)
    return replace(marked, harmful=False, security=False, needs=Need.PERSON) if elsewhere else marked


def unprotected(declared: Facts, actual: Facts) -> list[str]:
    """Return the undeclared relations without row security, by name."""
    known = dict(declared.of("relation"))
    return sorted(
        name
        for name, value in actual.of("relation")
        if name not in known and not (value["row_security"] and value["forced"])
    )
