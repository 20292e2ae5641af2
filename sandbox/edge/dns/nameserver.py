"""A name server on loopback, UDP and TCP, which answers like a recursive resolver on the internet."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable
from typing import cast

import dns.exception
import dns.message
import dns.name
import dns.opcode
from dns.flags import Flag
from dns.rcode import Rcode
from dns.rdataclass import RdataClass

from sandbox.edge.dns.resolver import lookup
from sandbox.edge.model import Snapshot

log = logging.getLogger(__name__)

_PLAIN_UDP_BYTES = 512
"""The largest answer to a client that does not announce a size (RFC 1035)."""
_LARGEST_UDP_BYTES = 1232
"""The largest answer over UDP, whatever size the client announces: a larger one could be fragmented."""
_LARGEST_TCP_BYTES = 65535
_IDLE_SECONDS = 10.0


class NameServer:
    """A name server on 127.0.0.1:`port`, from `start` to `stop`."""

    def __init__(self, snapshot: Callable[[], Snapshot], port: int) -> None:
        self._snapshot = snapshot
        self._port = port
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None

    async def start(self) -> None:
        """Start answering. Raises OSError if the port is taken."""
        self._tcp = await asyncio.start_server(self._serve_tcp, "127.0.0.1", self._port)
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._answer), local_addr=("127.0.0.1", self._port)
        )

    async def stop(self) -> None:
        """Close both sockets."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()

    def _answer(self, wire: bytes, largest: int | None) -> bytes | None:
        """Return the answer of at most `largest` bytes (None: the query's UDP limit); None for an invalid query."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if query.flags & Flag.QR:
            return None
        response = self._respond(query)
        if largest is None:
            largest = min(max(query.payload, _PLAIN_UDP_BYTES), _LARGEST_UDP_BYTES)
        try:
            return response.to_wire(max_size=largest)
        except dns.exception.TooBig:
            truncated = dns.message.make_response(query, recursion_available=True)
            truncated.flags |= Flag.TC
            return truncated.to_wire(max_size=largest)

    def _respond(self, query: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            response.set_rcode(Rcode.NOTIMP)
            return response
        question = query.question[0]
        if question.rdclass != RdataClass.IN:
            response.set_rcode(Rcode.REFUSED)
            return response
        name = question.name.to_text(omit_final_dot=True).lower()
        try:
            found = lookup(self._snapshot(), name, question.rdtype)
        except Exception:
            log.exception("No answer for %s", name)
            response.set_rcode(Rcode.SERVFAIL)
            return response
        response.set_rcode(found.rcode)
        response.answer = found.answer
        response.authority = found.authority
        return response

    async def _serve_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                async with asyncio.timeout(_IDLE_SECONDS):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    wire = await reader.readexactly(length)
                answer = self._answer(wire, _LARGEST_TCP_BYTES)
                if answer is None:
                    return
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes, int | None], bytes | None]) -> None:
        self._answer = answer
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast, because the event loop's own transport is not a subclass of asyncio.DatagramTransport.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._answer(data, None)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)
