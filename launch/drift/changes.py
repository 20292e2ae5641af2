"""The differences of one resource, from the engine's refresh event, in words that contain no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launch.stack import SIGNATURE

Step = Mapping[str, Any]
"""The metadata of the event `resOutputsEvent`: op, urn, type, diffs, old and new, each with outputs."""

_LONGEST = 80
"""Characters shown of one value."""


@dataclass(frozen=True)
class Change:
    """One property that differs from the last update."""

    property: str
    """Its name; "" for the resource as a whole."""
    text: str
    """A sentence."""


def outputs(step: Step, side: str) -> Mapping[str, Any]:
    """Return the outputs of a side, `old` or `new`; empty if there is none."""
    state = step.get(side) or {}
    return state.get("outputs") or {}


def own_drift(step: Step) -> list[Any]:
    """Return the drift that our own database resources report, even if an earlier refresh has recorded it.

    Each is a sentence, or a mapping with a sentence as `text` and what it `needs`.
    """
    return list(outputs(step, "new").get("drift") or [])


def changes(step: Step) -> Iterator[Change]:
    """Yield the differences; nothing if all is as the last update left it."""
    if step["op"] == "delete":
        yield Change("", "it is gone")
        return
    own = own_drift(step)
    yield from (Change("", each["text"] if isinstance(each, Mapping) else each) for each in own)
    if step["op"] == "update" and not own:
        yield from list(_changed(step)) or [Change("", "a secret value differs")]


def _changed(step: Step) -> Iterator[Change]:
    """Compare the properties that the provider names, or else all.

    Two secrets look alike here. A provider also names what it computes anew, whether or not it differs.
    """
    before, now, named = outputs(step, "old"), outputs(step, "new"), step.get("diffs")
    for name in sorted(named or before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            yield Change(name, f"{name} is {_shown(now.get(name))}, was {_shown(before.get(name))}")
        elif named and _holds_secret(now.get(name)):
            yield Change(name, f"{name} differs, which is a secret")


def _shown(value: object) -> str:
    text = "missing" if value is None else json.dumps(_masked(value), ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _holds_secret(value: object) -> bool:
    """Return whether a part of it is hidden."""
    if isinstance(value, dict):
        return SIGNATURE in value or any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))


def _masked(value: object) -> object:
    if isinstance(value, dict):
        return "[secret]" if SIGNATURE in value else {key: _masked(part) for key, part in value.items()}
    return [_masked(part) for part in value] if isinstance(value, list) else value
