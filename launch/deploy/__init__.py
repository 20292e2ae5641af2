"""A deployment of what was reviewed, and nothing else."""

from launch.deploy.compare import unreviewed
from launch.deploy.deploy import deploy

__all__ = [
    "deploy",
    "unreviewed",
]
