"""A stranger, and the resources of the stack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """An undeclared object at a vendor, beside something declared."""

    vendor: str
    beside: str
    """The declared name, host or project."""
    what: str
    """The object itself, with the values that a person needs to find it; never a secret."""
    effect: str
    """The object's effect, and on whom."""
    remedy: str
    security: bool = False
    """Whether it admits somebody who must stay out."""
    harmless: bool = False
    """Whether it does not affect anything declared: an orphan that costs money or attention at most."""


@dataclass(frozen=True)
class Resource:
    """One resource of a stack's state."""

    type: str
    id: str
    outputs: Document

    def text(self, name: str) -> str:
        """Return an output as text, or ""."""
        value = self.outputs.get(name)
        return value if isinstance(value, str) else ""


def of_type(resources: Iterable[Resource], type_: str) -> list[Resource]:
    """Return the resources of a type."""
    return [each for each in resources if each.type == type_]
