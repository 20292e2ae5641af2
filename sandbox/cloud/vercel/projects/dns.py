"""Vercel's view of a name in DNS: the zone's records, or Cloudflare's proxy if they are proxied."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.protocol import Call, route
from sandbox.state import Context, Document, Store

ADDRESS = "76.76.21.21"
ALIAS = "cname.vercel-dns.com"
_ISSUER = "letsencrypt.org"
_PROXY_ADDRESSES = ("104.21.48.13", "172.67.181.42")
"""Two of the addresses that Cloudflare returns for a proxied name."""


@dataclass(frozen=True)
class Lookup:
    """The DNS answers for one name."""

    addresses: tuple[str, ...]
    addresses_v6: tuple[str, ...]
    aliases: tuple[str, ...]
    proxied: bool
    issuers: tuple[str, ...]
    """The authorities that CAA records allow; empty means any."""

    @property
    def configured_by(self) -> str | None:
        """The type of the record that leads to Vercel, if any."""
        if self.proxied or self.addresses_v6:
            return None
        if any(alias == ALIAS or alias.endswith(".vercel-dns.com") for alias in self.aliases):
            return "CNAME"
        return "A" if self.addresses and set(self.addresses) <= {ADDRESS} else None

    @property
    def misconfigured(self) -> bool:
        """Whether the name does not lead to Vercel, or CAA records prevent its certificate."""
        return self.configured_by is None or (bool(self.issuers) and _ISSUER not in self.issuers)


def routes(context: Context) -> list[BaseRoute]:
    """Return the route that checks a domain's configuration."""
    return route(context, "6", "/domains/{domain}/config", get=_config)


def look_up(store: Store, name: str) -> Lookup:
    """Look up every relevant type. A proxied name resolves to the proxy's addresses."""
    records = store.find("cloudflare.dns_records", name=name)
    proxied = any(record["proxied"] for record in records)

    def contents(kind: str) -> tuple[str, ...]:
        return () if proxied else tuple(one["content"] for one in records if one["type"] == kind)

    return Lookup(
        addresses=_PROXY_ADDRESSES if proxied else contents("A"),
        addresses_v6=contents("AAAA"),
        aliases=contents("CNAME"),
        proxied=proxied,
        issuers=_issuers(store, name),
    )


def texts(store: Store, name: str) -> list[str]:
    """Return the TXT answers for a name."""
    return [one["content"].strip('"') for one in store.find("cloudflare.dns_records", name=name, type="TXT")]


def _issuers(store: Store, name: str) -> tuple[str, ...]:
    """Return the authorities from the CAA records of the name or its nearest parent that has any."""
    labels = name.split(".")
    for start in range(len(labels) - 1):
        records = store.find("cloudflare.dns_records", name=".".join(labels[start:]), type="CAA")
        if records:
            return tuple(one["data"]["value"] for one in records if one["data"].get("tag") == "issue")
    return ()


def _config(call: Call) -> Document:
    name = call.params["domain"].lower()
    found = look_up(call.store, name)
    conflicts = [{"name": name, "type": "AAAA", "value": address} for address in found.addresses_v6]
    return {
        "configuredBy": found.configured_by,
        "nameservers": name_servers(call.store, name),
        "serviceType": "external",
        "cnames": list(found.aliases),
        "aValues": list(found.addresses),
        "conflicts": conflicts,
        "acceptedChallenges": [] if found.misconfigured else ["http-01"],
        "recommendedIPv4": [{"rank": 1, "value": [ADDRESS]}],
        "recommendedCNAME": [{"rank": 1, "value": f"{ALIAS}."}],
        "ipStatus": "no-change",
        "misconfigured": found.misconfigured,
    }


def name_servers(store: Store, name: str) -> list[str]:
    """Return the name servers of the zone that contains a name; empty if no zone here does."""
    labels = name.split(".")
    for start in range(len(labels)):
        zones = store.find("cloudflare.zones", name=".".join(labels[start:]))
        if zones:
            return list(zones[0]["name_servers"])
    return []
