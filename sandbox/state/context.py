"""The context of every API of the cloud room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.base import Home
from sandbox.state.faults import Faults
from sandbox.state.store import Store


def utc_now() -> datetime:
    """Return the current time; tests replace this function to control the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Context:
    """One running sandbox: its folder, its store, its active faults, and its clock."""

    home: Home
    store: Store
    faults: Faults
    clock: Callable[[], datetime] = utc_now
