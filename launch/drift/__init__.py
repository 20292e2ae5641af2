"""What was changed behind a stack's back."""

from launch.drift.watch import Drift, Watch

__all__ = [
    "Drift",
    "Watch",
]
