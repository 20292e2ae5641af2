"""What every API of the cloud room works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.base import Home
from sandbox.state.faults import Faults
from sandbox.state.store import Store


def utc_now() -> datetime:
    """Return the present moment; tests replace it to let time pass."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Context:
    """One running sandbox: its folder, its store, its active faults, and its clock."""

    home: Home
    store: Store
    faults: Faults
    clock: Callable[[], datetime] = utc_now
