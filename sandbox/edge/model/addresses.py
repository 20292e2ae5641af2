"""The owners of addresses: the few parts of the real internet to which the zone's records point.

Cloudflare's and Vercel's addresses are inside their published ranges; it does not matter which one a host gets.
"""

from __future__ import annotations

import hashlib
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


class Network(Enum):
    """The network of an address."""

    CLOUDFLARE = "Cloudflare"
    VERCEL = "Vercel"
    NEON = "Neon"
    ELSEWHERE = "a network that the sandbox does not simulate"


_RANGES = {
    Network.CLOUDFLARE: (
        # https://www.cloudflare.com/ips/ (those that serve websites)
        "104.16.0.0/13",
        "104.24.0.0/14",
        "162.158.0.0/15",
        "172.64.0.0/13",
        "188.114.96.0/20",
        "2606:4700::/32",
    ),
    # Vercel's own ranges: the address for apex domains, and the anycast addresses behind cname.vercel-dns.com.
    Network.VERCEL: ("76.76.21.0/24", "66.33.60.0/24", "216.198.79.0/24", "64.29.17.0/24"),
    # Part of the ranges that Amazon publishes for eu-central-1, the region of this Neon.
    Network.NEON: ("18.192.94.0/24",),
}
_NETWORKS = [(ip_network(prefix), network) for network, prefixes in _RANGES.items() for prefix in prefixes]

VERCEL_SUFFIX = ".vercel.app"
"""The suffix of the names that Vercel gives to projects and deployments."""

WORKERS_DEV = ".workers.dev"
"""The suffix of the names that Cloudflare gives to Workers on request."""

_VERCEL_NAMES = ("vercel-dns.com", "vercel-dns-016.com", "vercel-dns-017.com", "vercel.app")
NEON_ADDRESSES = ["18.192.94.17"]
"""The addresses of every host of Neon."""
_VERCEL_ADDRESSES = ("76.76.21.93", "66.33.60.194")
_NAME_SERVERS = {
    "dora.ns.cloudflare.com": ("108.162.192.107", "172.64.32.107", "173.245.58.107"),
    "ivan.ns.cloudflare.com": ("108.162.193.172", "172.64.33.172", "173.245.59.172"),
}


def network_of(address: str) -> Network:
    """Return the network of `address`."""
    parsed = ip_address(address)
    return next((network for prefix, network in _NETWORKS if parsed in prefix), Network.ELSEWHERE)


def cloudflare_ipv4(host: str) -> list[str]:
    """Return the two anycast addresses of a proxied host."""
    first, second = hashlib.sha256(host.encode()).digest()[:2]
    return [str(IPv4Address("104.21.0.0") + first * 16 + 7), str(IPv4Address("172.67.128.0") + second * 16 + 9)]


def cloudflare_ipv6(host: str) -> list[str]:
    """Return the same as `cloudflare_ipv4`, for IPv6."""
    offset = int.from_bytes(hashlib.sha256(host.encode()).digest()[:2])
    return [str(IPv6Address(f"2606:4700:{block}::6815:0") + offset) for block in ("3030", "3037")]


def outside_ipv4(name: str) -> list[str] | None:
    """Return the addresses of a name outside the simulated zones, or None if the sandbox does not know it."""
    if name in _NAME_SERVERS:
        return list(_NAME_SERVERS[name])
    if any(name == parent or name.endswith(f".{parent}") for parent in _VERCEL_NAMES):
        return list(_VERCEL_ADDRESSES)
    return None
