"""One way to weaken isolation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """One change, as statements for a superuser."""

    operator: str
    target: str
    statements: tuple[str, ...]
