"""What differs between two sets of facts, in words, with the statements that put it right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from database.catalog import Facts, Value
from database.compare_principals import compare_function, compare_grant, compare_role, compare_setting
from database.compare_structure import (
    compare_column,
    compare_constraint,
    compare_policy,
    compare_relation,
    compare_rule,
    compare_trigger,
)
from database.difference import APPLICATION_ROLES, Difference

__all__ = ["APPLICATION_ROLES", "Difference", "compare"]

_COMPARERS: dict[str, Callable[[str, Value | None, Value | None], Iterator[Difference]]] = {
    "role": compare_role,
    "setting": compare_setting,
    "function": compare_function,
    "relation": compare_relation,
    "column": compare_column,
    "constraint": compare_constraint,
    "trigger": compare_trigger,
    "rule": compare_rule,
    "policy": compare_policy,
    "grant": compare_grant,
}
"""In the order of repair: what others build on comes first."""


def compare(declared: Facts, actual: Facts) -> list[Difference]:
    """All differences, in a stable order; repairs of an object come before what builds on it."""
    found: list[Difference] = []
    for kind, compare_one in _COMPARERS.items():
        wanted, there = dict(declared.of(kind)), dict(actual.of(kind))
        for thing in sorted(wanted.keys() | there.keys()):
            if wanted.get(thing) != there.get(thing):
                found += compare_one(thing, wanted.get(thing), there.get(thing))
    return found
