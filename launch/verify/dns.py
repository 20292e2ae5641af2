"""DNS as `launch verify` sees it: from one given server, or from the zone's own name servers.

The zone's name servers see a change at once, while resolvers in between cache the old answer for minutes. They are
queried first; the system's resolver answers for the rest, that is, for other zones that a record points to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

import dns.asyncquery
import dns.asyncresolver
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
from dns.flags import Flag
from dns.rdatatype import RdataType

from launch.report import UncheckedError

SERVER_VARIABLE = "LAUNCH_DNS_SERVER"
"""HOST:PORT of the one server to query instead of the internet's."""

_SECONDS = 5.0
_DNS_PORT = 53


@dataclass(frozen=True)
class Answer:
    """DNS's answer for a name."""

    exists: bool
    """False for NXDOMAIN: no record of any type."""
    values: tuple[str, ...]
    """Texts of the records of the requested type, after following CNAMEs."""


@dataclass(frozen=True)
class Server:
    """The server to send a query to."""

    address: str
    port: int = _DNS_PORT

    def __str__(self) -> str:
        return self.address if self.port == _DNS_PORT else f"{self.address}:{self.port}"


class Names:
    """Looks names up, each one only once."""

    def __init__(self, only: Server | None = None) -> None:
        self._only = only
        self._known: dict[tuple[str, RdataType], asyncio.Task[Answer]] = {}
        self._servers: dict[str, asyncio.Task[list[Server]]] = {}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Names:
        """Use the server in LAUNCH_DNS_SERVER, otherwise the internet."""
        given = environment.get(SERVER_VARIABLE)
        return cls(endpoint(given, SERVER_VARIABLE, _DNS_PORT) if given else None)

    async def lookup(self, name: str, rdtype: RdataType) -> Answer:
        """Return the records of a name. Raises UncheckedError if no server answers."""
        key = (name, rdtype)
        if key not in self._known:
            self._known[key] = asyncio.create_task(self._lookup(name, rdtype))
        return await asyncio.shield(self._known[key])

    async def addresses(self, name: str) -> list[str]:
        """Return the addresses of a host, IPv4 first; may be empty. Raises UncheckedError."""
        found = [await self.lookup(name, rdtype) for rdtype in (RdataType.A, RdataType.AAAA)]
        return [value for answer in found for value in answer.values]

    async def _lookup(self, name: str, rdtype: RdataType) -> Answer:
        if self._only is not None:
            return _answer(await _query(name, rdtype, [self._only], recursive=True), rdtype)
        servers = await self._authoritative(name)
        if not servers:
            return await _system_lookup(name, rdtype)
        try:
            response = await _query(name, rdtype, servers, recursive=False)
        except UncheckedError:
            # A network that allows queries to its own resolver only.
            return await _system_lookup(name, rdtype)
        answer = _answer(response, rdtype)
        target = _last_alias(response)
        if target is None or answer.values:
            return answer
        return await _system_lookup(target, rdtype)

    async def _authoritative(self, name: str) -> list[Server]:
        """Return the name servers of the zone that contains `name`."""
        if name not in self._servers:
            self._servers[name] = asyncio.create_task(_name_servers(name))
        return await asyncio.shield(self._servers[name])


def endpoint(text: str, source: str, default_port: int) -> Server:
    """Parse ADDRESS or ADDRESS:PORT. Raises UncheckedError, which names the text's source."""
    address, separator, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    try:
        ip_address(address)
        number = int(port) if separator else default_port
    except ValueError:
        raise UncheckedError(f"{source} is {text!r}", "Give an address, or ADDRESS:PORT.") from None
    return Server(address, number)


async def _query(name: str, rdtype: RdataType, servers: list[Server], *, recursive: bool) -> dns.message.Message:
    """Return the first usable answer, querying one server after the other."""
    query = dns.message.make_query(name, rdtype, flags=Flag.RD if recursive else 0)
    reason = ""
    for server in servers:
        try:
            response, _ = await dns.asyncquery.udp_with_fallback(query, server.address, _SECONDS, server.port)
        except (dns.exception.DNSException, OSError) as error:
            reason = f"the name server {server} does not answer ({str(error) or type(error).__name__})"
            continue
        if response.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return response
        reason = f"the name server {server} refuses to answer for {name} ({dns.rcode.to_text(response.rcode())})"
    raise UncheckedError(reason, "Check the network and the name server.")


async def _system_lookup(name: str, rdtype: RdataType) -> Answer:
    try:
        resolver = dns.asyncresolver.Resolver()
        found = await resolver.resolve(name, rdtype, search=False, raise_on_no_answer=False, lifetime=_SECONDS * 2)
    except dns.resolver.NXDOMAIN:
        return Answer(exists=False, values=())
    except (dns.exception.DNSException, OSError) as error:
        reason = f"this machine's resolver has no answer for {name} ({error})"
        raise UncheckedError(reason, "Check whether this machine is online.") from error
    return _answer(found.response, rdtype)


async def _name_servers(name: str) -> list[Server]:
    """Return the addresses of the name servers of the zone that contains `name`; none if they are unknown."""
    try:
        zone = await dns.asyncresolver.zone_for_name(name)
        hosts = (await _system_lookup(str(zone).rstrip("."), RdataType.NS)).values
        found = await asyncio.gather(*(_system_lookup(host.rstrip("."), RdataType.A) for host in hosts))
    except (UncheckedError, dns.exception.DNSException, OSError):
        return []
    return [Server(address) for answer in found for address in answer.values]


def _answer(response: dns.message.Message, rdtype: RdataType) -> Answer:
    values = tuple(item.to_text() for rrset in response.answer if rrset.rdtype == rdtype for item in rrset)
    return Answer(exists=response.rcode() != dns.rcode.NXDOMAIN, values=values)


def _last_alias(response: dns.message.Message) -> str | None:
    aliases = [rrset for rrset in response.answer if rrset.rdtype == RdataType.CNAME]
    return str(aliases[-1][0].target).rstrip(".") if aliases else None
