"""Compares a vendor's document with a program's declaration. What the program leaves open matches anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

_ONE_RUN = timedelta(minutes=15)
"""Longer than all retries of one request take."""


def covers(actual: Any, wanted: Any) -> bool:  # noqa: ANN401 -- JSON
    """Whether every value of `wanted` is in `actual`, at the same place. None in `wanted` matches anything."""
    if wanted is None:
        return True
    if isinstance(wanted, Mapping):
        return isinstance(actual, Mapping) and all(covers(actual.get(key), value) for key, value in wanted.items())
    if isinstance(wanted, list | tuple):
        if not isinstance(actual, list) or len(actual) != len(wanted):
            return False
        return all(covers(one, other) for one, other in zip(actual, wanted, strict=True))
    return bool(actual == wanted)


def differences(actual: Mapping[str, Any], wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The names in `wanted` whose values in `actual` differ, each as `has another NAME`."""
    return tuple(f"has another {name}" for name, value in wanted.items() if not covers(actual.get(name), value))


def made_together(moments: Sequence[str]) -> bool:
    """Whether resources created at these moments (RFC 3339) can come from retries of one request."""
    times = [datetime.fromisoformat(moment) for moment in moments]
    return max(times) - min(times) <= _ONE_RUN
