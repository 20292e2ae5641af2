"""`launch analytics`, one verb per file."""

from launch.commands.analytics.rotate import analytics

__all__ = ["analytics"]
