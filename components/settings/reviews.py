"""What review stacks may cost: how many there are at once, for how long, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from components.settings.reader import Configuration
from components.settings.sizes import SIZES

LONGEST_HOURS = 720
"""A branch of Neon's may be set to end at most 30 days ahead."""
MOST = 9
"""Neon's smaller plans have ten branches a project, of which production is one."""


@dataclass(frozen=True, kw_only=True)
class Reviews:
    """Bounds of the review stacks of one production."""

    most: int
    """At once."""
    hours: int
    """From the last update of a review until it ends."""
    compute_units: float
    """The largest size of a branch's compute; it sleeps while nobody asks it."""

    @classmethod
    def read(cls, read: Configuration) -> Self:
        """Of the configuration, noting what is wrong."""
        return cls(
            most=read.integer("reviewLimit", 0, MOST, "review stacks at once"),
            hours=read.integer("reviewHours", 1, LONGEST_HOURS, "hours"),
            compute_units=read.size("reviewComputeUnits", SIZES, "compute units"),
        )
