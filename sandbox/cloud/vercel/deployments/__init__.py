"""Builds, deployments, aliases, promotions."""

from sandbox.cloud.vercel.deployments import aliasing, builds, deployments, observability, production, promotions

__all__ = [
    "aliasing",
    "builds",
    "deployments",
    "observability",
    "production",
    "promotions",
]
