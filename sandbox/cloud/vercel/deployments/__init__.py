"""Builds, deployments, aliases, promotions."""

from sandbox.cloud.vercel.deployments import aliases, builds, deployments, observability, production, promotions

__all__ = [
    "aliases",
    "builds",
    "deployments",
    "observability",
    "production",
    "promotions",
]
