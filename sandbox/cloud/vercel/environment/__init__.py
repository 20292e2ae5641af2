"""Environment variables of a project."""

from sandbox.cloud.vercel.environment import environment

__all__ = [
    "environment",
]
