"""Web Analytics beyond what an update does."""

from launch.analytics.rotation import rotate

__all__ = ["rotate"]
