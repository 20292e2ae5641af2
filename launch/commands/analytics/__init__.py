"""`launch analytics`, a verb a file."""

from launch.commands.analytics.rotate import analytics

__all__ = ["analytics"]
