"""The answers of a resolver on the internet, from the zones' records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import dns.exception
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rcode import Rcode
from dns.rdatatype import RdataType

from sandbox.edge.model import Record, Snapshot, Zone, addresses, neon_sql

_AUTOMATIC_TTL = 300
"""Cloudflare's TTL in seconds for proxied records and those with `ttl: 1` (automatic)."""
_OUTSIDE_TTL = 1800
_LONGEST_CHAIN = 8
_ADDRESSES = (RdataType.A, RdataType.AAAA)
_LONGEST_STRING = 255


@dataclass
class Lookup:
    """The sections of an answer."""

    rcode: Rcode = Rcode.NOERROR
    answer: list[dns.rrset.RRset] = field(default_factory=list)
    authority: list[dns.rrset.RRset] = field(default_factory=list)


def lookup(snapshot: Snapshot, name: str, rdtype: RdataType) -> Lookup:
    """Resolve `name` (lower case, no final dot), following the CNAME records of the simulated zones."""
    result = Lookup()
    for _ in range(_LONGEST_CHAIN):
        zone = snapshot.zone_of(name)
        if zone is None:
            _outside(snapshot, name, rdtype, result)
            return result
        target = _in_zone(snapshot, zone, name, rdtype, result)
        if target is None:
            return result
        name = target
    return Lookup(rcode=Rcode.SERVFAIL)


def addresses_of(snapshot: Snapshot, host: str) -> list[str]:
    """Return every address of a host, IPv4 first; empty if it has none."""
    found = [rrset for rdtype in _ADDRESSES for rrset in lookup(snapshot, host, rdtype).answer]
    return [str(item) for rrset in found if rrset.rdtype in _ADDRESSES for item in rrset]


def proxied_records(zone: Zone, host: str) -> tuple[Record, ...] | None:
    """Return the proxied records that lead to a host's origin; None if the host is not behind Cloudflare's proxy."""
    if host in zone.workers:
        return ()
    return tuple(record for record in _matching(zone, host) if record.proxied) or None


def _in_zone(snapshot: Snapshot, zone: Zone, name: str, rdtype: RdataType, result: Lookup) -> str | None:
    """Add the zone's records of `name` to the result, and return the target to resolve next if it is a CNAME."""
    if rdtype in _ADDRESSES and proxied_records(zone, name) is not None:
        given = addresses.cloudflare_ipv4(name) if rdtype == RdataType.A else addresses.cloudflare_ipv6(name)
        result.answer.append(_rrset(name, _AUTOMATIC_TTL, rdtype, given))
        return None
    if name == zone.name and rdtype in (RdataType.NS, RdataType.SOA):
        result.answer.append(_apex(zone, rdtype))
        return None
    visible = [record for record in _matching(zone, name) if not record.proxied]
    aliases = [record for record in visible if record.type == "CNAME"]
    if aliases and rdtype != RdataType.CNAME:
        return _follow(snapshot, zone, name, rdtype, aliases[0], result)
    wanted = [record for record in visible if record.type == dns.rdatatype.to_text(rdtype)]
    if wanted:
        try:
            result.answer.append(_rrset(name, _ttl(wanted[0]), rdtype, map(_text, wanted)))
        except dns.exception.DNSException:
            result.rcode = Rcode.SERVFAIL
        return None
    if not _exists(zone, name) and not _matching(zone, name):
        result.rcode = Rcode.NXDOMAIN
    result.authority.append(_apex(zone, RdataType.SOA))
    return None


def _follow(snapshot: Snapshot, zone: Zone, name: str, rdtype: RdataType, alias: Record, result: Lookup) -> str | None:
    target = alias.content.rstrip(".").lower()
    if name != zone.name:
        result.answer.append(_rrset(name, _ttl(alias), RdataType.CNAME, [f"{target}."]))
        return target
    # At the apex a CNAME would hide NS and SOA, so Cloudflare answers with its target's addresses.
    found = [rrset for rrset in lookup(snapshot, target, rdtype).answer if rrset.rdtype == rdtype]
    flattened = [str(item) for rrset in found for item in rrset]
    if flattened and rdtype in _ADDRESSES:
        result.answer.append(_rrset(name, _ttl(alias), rdtype, flattened))
    else:
        result.authority.append(_apex(zone, RdataType.SOA))
    return None


def _outside(snapshot: Snapshot, name: str, rdtype: RdataType, result: Lookup) -> None:
    neon = name in snapshot.auth_hosts or neon_sql.HOST.fullmatch(name)
    dev = addresses.cloudflare_ipv4(name) if name in snapshot.dev_hosts else None
    known = addresses.NEON_ADDRESSES if neon else dev or addresses.outside_ipv4(name)
    if known is None:
        # Not NXDOMAIN: the sandbox knows only those parts of the internet to which its zones point.
        result.rcode = Rcode.REFUSED
    elif rdtype == RdataType.A:
        result.answer.append(_rrset(name, _OUTSIDE_TTL, rdtype, known))


def _matching(zone: Zone, name: str) -> tuple[Record, ...]:
    """Return the records of a name, or of the wildcard that covers it (RFC 4592)."""
    if _exists(zone, name):
        return zone.by_name.get(name, ())
    parent = name
    while parent != zone.name:
        parent = parent.partition(".")[2]
        if f"*.{parent}" in zone.by_name:
            return zone.by_name[f"*.{parent}"]
        if _exists(zone, parent):
            break
    return ()


def _exists(zone: Zone, name: str) -> bool:
    """Return whether the name itself, or a name below it, is in the zone."""
    names = (*zone.by_name, *zone.workers)
    return name == zone.name or any(known == name or known.endswith(f".{name}") for known in names)


def _apex(zone: Zone, rdtype: RdataType) -> dns.rrset.RRset:
    if rdtype == RdataType.NS:
        return _rrset(zone.name, 86400, rdtype, [f"{server}." for server in zone.name_servers])
    # Refresh, retry, expire and negative TTL as Cloudflare sets them.
    soa = f"{zone.name_servers[0]}. dns.cloudflare.com. {zone.serial} 10000 2400 604800 1800"
    return _rrset(zone.name, 1800, rdtype, [soa])


def _ttl(record: Record) -> int:
    return _AUTOMATIC_TTL if record.ttl == 1 else record.ttl


def _text(record: Record) -> str:
    """Return the record in the presentation format of zone files."""
    if record.type == "TXT" and not record.content.startswith('"'):
        content = record.content
        parts = [content[start : start + _LONGEST_STRING] for start in range(0, len(content), _LONGEST_STRING)]
        return " ".join('"{}"'.format(part.replace("\\", "\\\\").replace('"', '\\"')) for part in parts)
    if record.type == "CNAME":
        return f"{record.content.rstrip('.')}."
    if record.type in ("MX", "SRV"):
        return f"{record.priority or 0} {record.content.rstrip('.')}."
    return record.content


def _rrset(name: str, ttl: int, rdtype: RdataType, texts: Iterable[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text_list(f"{name}.", ttl, dns.rdataclass.IN, rdtype, list(texts))
