"""Neon's API v2, a file for each family."""

from sandbox.cloud.neon.api import api, projects

__all__ = [
    "api",
    "projects",
]
