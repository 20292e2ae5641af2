"""The beginning of a PostgreSQL connection: a request for TLS, direct TLS, or clear text."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct

from sandbox.base import Stream, opened
from sandbox.cloud.neon.access.startup import GSS, MAX_LENGTH, SSL

_TLS_RECORD = b"\x16"
"""The first byte of a client that starts TLS without a request (`sslnegotiation=direct`)."""


async def greet(connection: socket.socket, context: ssl.SSLContext, seconds: float) -> tuple[Stream, int, bytes]:
    """Negotiate TLS. Return the stream, the code or version of the first real message, and the rest of that message.

    Raises OSError or ssl.SSLError if the client violates the protocol; it gets no response.
    """
    loop = asyncio.get_running_loop()
    if await _first_byte(connection) == _TLS_RECORD:
        return await _over_tls(connection, context, seconds)
    while True:
        length, code = struct.unpack("!II", await _exactly(connection, 8))
        if code not in (SSL, GSS):
            _check_length(length)
            body = await _exactly(connection, length - 8)
            return await opened(connection, None, seconds), code, body
        await loop.sock_sendall(connection, b"S" if code == SSL else b"N")
        if code == SSL:
            # Nothing is read between the response and the handshake, so bytes injected in between are not processed.
            return await _over_tls(connection, context, seconds)


async def _over_tls(connection: socket.socket, context: ssl.SSLContext, seconds: float) -> tuple[Stream, int, bytes]:
    client = await opened(connection, context, seconds)
    try:
        return client, *_header(await _packet(client))
    except BaseException:
        await client.close()
        raise


def _header(packet: bytes) -> tuple[int, bytes]:
    return struct.unpack("!I", packet[:4])[0], packet[4:]


def _check_length(length: int) -> None:
    """Raise ConnectionError for an invalid length. Like PostgreSQL, the door then just closes the connection."""
    if not 8 <= length <= MAX_LENGTH:
        raise ConnectionError("invalid length of startup packet")


async def _packet(client: Stream) -> bytes:
    length = struct.unpack("!I", await client.reader.readexactly(4))[0]
    _check_length(length)
    return await client.reader.readexactly(length - 4)


async def _first_byte(connection: socket.socket) -> bytes:
    """Return the first byte without consuming it."""
    loop = asyncio.get_running_loop()
    readable: asyncio.Future[None] = loop.create_future()

    def found() -> None:
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(connection, found)
    try:
        await readable
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


async def _exactly(connection: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < count:
        more = await loop.sock_recv(connection, count - len(data))
        if not more:
            raise ConnectionError("the client left in the middle of a message")
        data += more
    return data
