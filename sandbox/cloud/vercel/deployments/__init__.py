"""Builds, deployments, aliases, promotions."""

from sandbox.cloud.vercel.deployments import builds, deployments, production, promotions

__all__ = [
    "builds",
    "deployments",
    "production",
    "promotions",
]
