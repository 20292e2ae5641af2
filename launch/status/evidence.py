"""The findings of the last look at a stack, kept so that a status needs neither network nor engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Facts of one look, as `launch drift` keeps them; they contain no secret."""

    stack: str
    looked_at: datetime
    outside: tuple[Mapping[str, str], ...] = ()
    """The findings of `launch verify`: subject, check, verdict, detail."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    """Names of the resources in the state."""
    drifted: tuple[str, ...] = ()
    beside: tuple[Mapping[str, Any], ...] = ()
    """Undeclared objects that affect the declared ones: vendor, what."""
    compared: bool = True
    """Whether the engine could compare the resources."""
    unasked: tuple[str, ...] = ()
    """Why some accounts could not be examined."""

    @classmethod
    def restored(cls, document: Mapping[str, Any] | None) -> Evidence | None:
        """Restore from JSON; None if there is none, or if another version wrote it, which does not count as a look."""
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
