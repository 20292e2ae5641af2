"""Bounds on the cost of review stacks: their number, lifetime and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from components.settings.reader import Configuration
from components.settings.sizes import SIZES

LONGEST_HOURS = 720
"""Neon allows a branch's end to be at most 30 days ahead."""
MOST = 9
"""Neon's smaller plans allow ten branches for each project, of which production is one."""


@dataclass(frozen=True, kw_only=True)
class Reviews:
    """Bounds of the review stacks of one production."""

    most: int
    """Maximum number at once."""
    hours: int
    """Time from the last update of a review until it ends."""
    compute_units: float
    """The largest size of a branch's compute, which suspends while idle."""

    @classmethod
    def read(cls, read: Configuration) -> Self:
        """Read the bounds from the configuration, noting mistakes."""
        return cls(
            most=read.integer("reviewLimit", 0, MOST, "review stacks at once"),
            hours=read.integer("reviewHours", 1, LONGEST_HOURS, "hours"),
            compute_units=read.size("reviewComputeUnits", SIZES, "compute units"),
        )
