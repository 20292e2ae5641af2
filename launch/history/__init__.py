"""Deployments of a stack, and how far each can be undone."""

from launch.history.restore_point import RestorePoint, restore_point

__all__ = ["RestorePoint", "restore_point"]
