"""A stranger, and the resources of the stack that it stands beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """Something at a vendor that nobody declared, beside something that is declared."""

    vendor: str
    beside: str
    """The declared name, host or project."""
    what: str
    """The thing itself, with the values that a person needs to find it; never a secret."""
    effect: str
    """What it changes, and for whom."""
    remedy: str
    security: bool = False
    """Whether it lets in who must stay out."""
    harmless: bool = False
    """Whether it changes nothing for the declared: an orphan that costs money or attention at most."""


@dataclass(frozen=True)
class Resource:
    """One resource of a stack's state."""

    type: str
    id: str
    outputs: Document

    def text(self, name: str) -> str:
        """An output as text, or an empty text."""
        value = self.outputs.get(name)
        return value if isinstance(value, str) else ""


def of_type(resources: Iterable[Resource], type_: str) -> list[Resource]:
    """The resources of a type."""
    return [each for each in resources if each.type == type_]
