"""What the last look at a stack found, kept so that a status needs neither network nor engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Facts of one look, as `launch drift` keeps them; no secret is among them."""

    stack: str
    looked_at: datetime
    outside: tuple[Mapping[str, str], ...] = ()
    """The findings of `launch verify`: subject, check, verdict, detail."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    """Names of what the state holds."""
    drifted: tuple[str, ...] = ()
    beside: tuple[Mapping[str, Any], ...] = ()
    """What is beside the declared and changes something for it: vendor, what."""
    compared: bool = True
    """Whether the engine could compare the resources."""
    unasked: tuple[str, ...] = ()
    """What kept accounts from being looked at."""

    @classmethod
    def restored(cls, document: Mapping[str, Any] | None) -> Evidence | None:
        """From JSON; None where there is none, or where another version wrote it: that is not a look."""
        if document is None:
            return None
        try:
            return cls(
                stack=str(document["stack"]),
                looked_at=datetime.fromisoformat(document["looked_at"]),
                outside=tuple(document["outside"]),
                outputs=dict(document["outputs"]),
                resources=tuple(document["resources"]),
                drifted=tuple(document["drifted"]),
                beside=tuple(document["beside"]),
                compared=bool(document["compared"]),
                unasked=tuple(document["unasked"]),
            )
        except (KeyError, TypeError, ValueError):
            return None
