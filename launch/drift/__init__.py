"""What was changed behind a stack's back, and whatever else of it is not as it should be."""

from launch.drift.keeping import keep
from launch.drift.look import around, look
from launch.drift.watch import Drift, Watch

__all__ = [
    "Drift",
    "Watch",
    "around",
    "keep",
    "look",
]
