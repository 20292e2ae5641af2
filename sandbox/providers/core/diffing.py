"""The difference between a resource's current and planned state."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sandbox.providers.core.planning import same
from sandbox.providers.core.schema import Kind, Property, Replace, Type
from sandbox.providers.core.values import Value


class Change(Enum):
    """The kind of change to one property."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One changed path in a resource."""

    path: str
    """The path in the engine's notation: `rules[0].expression`."""
    change: Change
    replaces: bool

    @property
    def property(self) -> str:
        """The top-level property that contains the path."""
        return re.split(r"[.\[]", self.path, maxsplit=1)[0]


def differences(
    properties: Mapping[str, Property],
    state: Mapping[str, Any],
    planned: Mapping[str, Any],
    inputs: Mapping[str, Any],
) -> list[Difference]:
    """Return all changed paths except computed outputs. `inputs` are the values that the program itself sets."""
    found: list[Difference] = []
    for name, declared in properties.items():
        if not declared.input or same(declared.type, state.get(name), planned.get(name)):
            continue
        replaces = declared.replace is Replace.ALWAYS or (
            declared.replace is Replace.IF_CONFIGURED and inputs.get(name) is not None
        )
        places = _places(declared.type, state.get(name), planned.get(name), name)
        found += [Difference(path=path, change=change, replaces=replaces) for path, change in places]
    return found


def _places(kind: Type, old: Value, new: Value, path: str) -> Iterator[tuple[str, Change]]:
    if old is None or new is None:
        yield path, Change.ADD if old is None else Change.DELETE
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            field = (kind.fields or {}).get(key)
            if field is not None and not field.input:
                continue
            inner = field.type if field else kind.element or Type(kind=Kind.ANY)
            if not same(inner, old.get(key), new.get(key)):
                yield from _places(inner, old.get(key), new.get(key), path + _step(key))
    elif isinstance(old, list) and isinstance(new, list) and kind.element is not None and kind.kind is Kind.ARRAY:
        for index in range(max(len(old), len(new))):
            before = old[index] if index < len(old) else None
            after = new[index] if index < len(new) else None
            if not same(kind.element, before, after):
                yield from _places(kind.element, before, after, f"{path}[{index}]")
    else:
        yield from _set_places(kind, old, new, path)


def _set_places(kind: Type, old: Value, new: Value, path: str) -> Iterator[tuple[str, Change]]:
    """Yield the added and removed elements of a set, by index in their list, or one update for a scalar."""
    if kind.kind is not Kind.SET or kind.element is None or not isinstance(old, list) or not isinstance(new, list):
        yield path, Change.UPDATE
        return
    element = kind.element
    gone = [index for index, item in enumerate(old) if not any(same(element, item, other) for other in new)]
    added = [index for index, item in enumerate(new) if not any(same(element, item, other) for other in old)]
    for index in sorted({*gone, *added}):
        change = Change.UPDATE if index in gone and index in added else Change.DELETE if index in gone else Change.ADD
        yield f"{path}[{index}]", change


def _step(key: str) -> str:
    return f".{key}" if re.fullmatch(r"[A-Za-z_$][\w$]*", key) else f'["{key}"]'
