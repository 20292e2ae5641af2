"""Neon's API v2, one file per kind of resource."""

from sandbox.cloud.neon.api import api, projects

__all__ = [
    "api",
    "projects",
]
