"""The simulated DNS."""

from sandbox.edge.dns.nameserver import NameServer
from sandbox.edge.dns.resolver import addresses_of, proxied_records

__all__ = [
    "NameServer",
    "addresses_of",
    "proxied_records",
]
