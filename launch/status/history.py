"""The verdicts of earlier looks, so that a status can list the changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from launch import looks

KIND = "beads"


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """The verdicts of one look."""

    looked_at: str = ""
    """ISO 8601; "" if nobody had looked."""
    beads: Mapping[str, str] = field(default_factory=dict)


def baseline(stack: str, looked_at: datetime | None) -> Verdicts:
    """Return the verdicts of the last look before the current one."""
    kept = looks.load(stack, KIND) or {}
    current, previous = _restored(kept.get("current")), _restored(kept.get("previous"))
    return previous if looked_at and current.looked_at == looked_at.isoformat() else current


def keep(stack: str, looked_at: datetime, beads: Mapping[str, str]) -> None:
    """Store the verdicts of this look; those of the look before become the baseline."""
    before = baseline(stack, looked_at)
    looks.save(
        stack,
        KIND,
        {
            "current": {"looked_at": looked_at.isoformat(), "beads": dict(beads)},
            "previous": {"looked_at": before.looked_at, "beads": dict(before.beads)},
        },
    )


def _restored(document: Any) -> Verdicts:  # noqa: ANN401 -- JSON
    if not isinstance(document, dict) or not isinstance(document.get("beads"), dict):
        return Verdicts()
    beads = {str(name): str(verdict) for name, verdict in document["beads"].items()}
    return Verdicts(looked_at=str(document.get("looked_at", "")), beads=beads)
