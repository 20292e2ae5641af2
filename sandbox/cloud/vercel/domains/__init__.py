"""Domains of a team, and the hosts that were aliased to a deployment by hand."""

from sandbox.cloud.vercel.domains import aliasing, domains

__all__ = [
    "aliasing",
    "domains",
]
