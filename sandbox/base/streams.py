"""Listening for connections, and relaying between two of them with backpressure."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass

_CHUNK = 65536
_KEEPALIVE_SECONDS = 60
"""Seconds of silence after which a keepalive probes the peer."""


@dataclass(frozen=True)
class Stream:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Write the data, and wait while the peer does not read."""
        self.writer.write(data)
        await self.writer.drain()

    async def close(self) -> None:
        """Send the remaining data, then close; never raises."""
        self.writer.close()
        with suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(5):
                await self.writer.wait_closed()


def reset(transport: asyncio.WriteTransport) -> None:
    """End a connection with a TCP reset: the peer sees an error, not a normal close."""
    # Closing with a linger time of zero discards unsent data and resets the connection.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class Listener:
    """A listener on a port of 127.0.0.1, which serves each connection in a task.

    The connections are bare sockets: `serve` finds out whether a client starts with a request for TLS, TLS or text.
    """

    def __init__(self, serve: Callable[[socket.socket], Coroutine[None, None, None]]) -> None:
        self._serve = serve
        self._tasks: set[asyncio.Task[None]] = set()
        self._socket: socket.socket | None = None

    async def start(self, port: int) -> None:
        """Start listening. Raises OSError if the port is taken."""
        self._socket = socket.create_server(("127.0.0.1", port), backlog=256)
        self._socket.setblocking(False)
        self._spawn(self._accept(self._socket))

    async def stop(self) -> None:
        """Close every connection."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def _accept(self, listener: socket.socket) -> None:
        while True:
            connection, _address = await asyncio.get_running_loop().sock_accept(listener)
            connection.setblocking(False)
            self._spawn(self._served(connection))

    async def _served(self, connection: socket.socket) -> None:
        try:
            await self._serve(connection)
        finally:
            connection.close()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def opened(connection: socket.socket, context: ssl.SSLContext | None, seconds: float) -> Stream:
    """Return an accepted connection as a stream. With a context, perform a server's TLS handshake, which may fail."""
    loop = asyncio.get_running_loop()
    tune(connection)
    reader = asyncio.StreamReader(limit=_CHUNK)
    protocol = asyncio.StreamReaderProtocol(reader)
    timeout = seconds if context else None
    transport, _ = await loop.connect_accepted_socket(
        lambda: protocol, connection, ssl=context, ssl_handshake_timeout=timeout
    )
    return Stream(reader, asyncio.StreamWriter(transport, protocol, reader, loop))


async def connected(port: int) -> Stream:
    """Return a connection to a port of 127.0.0.1. Raises OSError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_CHUNK)
    tune(writer.get_extra_info("socket"))
    return Stream(reader, writer)


async def copied(source: Stream, sink: Stream) -> None:
    """Copy all data from one stream to the other until either ends."""
    with suppress(OSError, ssl.SSLError):
        while data := await source.reader.read(_CHUNK):
            await sink.send(data)


async def either(*directions: asyncio.Task[None]) -> None:
    """Wait until one direction ends (PostgreSQL and proxies have no use for a half-closed connection)."""
    try:
        await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)


def tune(connection: socket.socket) -> None:
    """Send small messages at once, and detect peers that vanish silently."""
    # asyncio does the former only for its own sockets; without it, each message of a handshake costs 40 ms.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_KEEPIDLE"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_SECONDS)
