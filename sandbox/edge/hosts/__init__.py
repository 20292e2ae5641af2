"""The servers of the hosts: Cloudflare, Vercel, Workers."""

from sandbox.edge.hosts.cloudflare import DEFAULT_MINIMUM_TLS
from sandbox.edge.hosts.internet import Internet
from sandbox.edge.hosts.neon_auth import NeonAuth
from sandbox.edge.hosts.vercel import Vercel
from sandbox.edge.hosts.worker_requests import Workers

__all__ = [
    "DEFAULT_MINIMUM_TLS",
    "Internet",
    "NeonAuth",
    "Vercel",
    "Workers",
]
