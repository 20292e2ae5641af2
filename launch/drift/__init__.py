"""Find what was changed behind a stack's back, and whatever else about it is wrong."""

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
