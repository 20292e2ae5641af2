"""A deployment of exactly what was reviewed."""

from launch.deploy.compare import unreviewed
from launch.deploy.deploy import deploy

__all__ = [
    "deploy",
    "unreviewed",
]
