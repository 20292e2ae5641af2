"""What was changed behind a stack's back."""

from launch.drift.watch import Beside, Drift, Watch

__all__ = [
    "Beside",
    "Drift",
    "Watch",
]
