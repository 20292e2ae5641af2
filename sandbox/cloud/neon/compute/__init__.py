"""The PostgreSQL servers behind branches, and their history."""

from sandbox.cloud.neon.compute import cluster, storage
from sandbox.cloud.neon.compute.cluster import ScramVerifier
from sandbox.cloud.neon.compute.computes import Computes
from sandbox.cloud.neon.compute.history import Moment

__all__ = [
    "Computes",
    "Moment",
    "ScramVerifier",
    "cluster",
    "storage",
]
