"""Domains of a team, and the hosts that are led to a deployment by hand."""

from sandbox.cloud.vercel.domains import aliasing, domains

__all__ = [
    "aliasing",
    "domains",
]
