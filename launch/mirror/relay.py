"""A private Unix socket that leads to a server over TLS, for a pg_dump that was built without it.

The sandbox's pg_dump is built without TLS. Neon accepts only TLS connections, and finds the endpoint by their server
name.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import struct
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from contract.problem import Problem

PORT = 5432
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""The message by which a client requests TLS (PostgreSQL, "Message Formats")."""
_SASL = struct.pack("!i", 10)
_BOUND = b"-PLUS"
_OTHER_VERSION = b"v"
"""Type of the message that negotiates the protocol version, before the server requests a login."""
_CONNECT_SECONDS = 20
_CLOSE_SECONDS = 2
_CHUNK = 65536


@dataclass(frozen=True)
class _Server:
    """The server at the other end of the relay."""

    address: tuple[str, int]
    host: str
    """The server name in TLS."""
    context: ssl.SSLContext

    @classmethod
    def of(cls, url: str) -> _Server:
        parts = urlsplit(url)
        host = parts.hostname or ""
        given = {key: values[0] for key, values in parse_qs(parts.query).items()}
        port = parts.port or int(given.get("port") or os.environ.get("PGPORT") or PORT)
        address = (given.get("hostaddr") or os.environ.get("PGHOSTADDR") or host, port)
        return cls(address, host, _context(given.get("sslmode", "require")))


def _context(mode: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not mode.startswith("verify"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif mode == "verify-ca":
        context.check_hostname = False
    return context


@contextmanager
def relay(url: str) -> Iterator[str]:
    """Yield the folder of a Unix socket that leads to the server of the URL, until the end of the block.

    The certificate is verified as the URL's sslmode demands. The end raises Problem if the server could not be reached,
    in place of the block's own error.
    """
    server = _Server.of(url)
    failures: list[Problem] = []
    # Short, because the path of a Unix socket is at most 107 bytes long.
    with (
        tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder,
        socket.socket(socket.AF_UNIX) as listener,
        asyncio.Runner() as runner,
        ThreadPoolExecutor(1) as thread,
    ):
        listener.bind(str(Path(folder) / f".s.PGSQL.{PORT}"))
        listener.listen()
        loop, ended = runner.get_loop(), asyncio.Event()
        serving = thread.submit(runner.run, _serve(listener, server, failures, ended))
        try:
            yield folder
        finally:
            loop.call_soon_threadsafe(ended.set)
            serving.result()
            if failures:
                raise failures[0]


async def _serve(listener: socket.socket, server: _Server, failures: list[Problem], ended: asyncio.Event) -> None:
    """Serve every client in its own task; at the end no task and no connection is left."""
    clients: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _forward(reader, writer, server)
        except Problem as error:
            failures.append(error)
        except (OSError, asyncio.IncompleteReadError):
            pass  # either side left; the client reports the consequence
        except asyncio.CancelledError:
            pass  # the block has ended
        finally:
            await _close(writer)

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients[asyncio.create_task(serve_client(reader, writer))] = writer

    async with await asyncio.start_unix_server(accept, sock=listener):
        await ended.wait()
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    for writer in clients.values():  # a task cancelled before its first step closes nothing
        await _close(writer)
    await asyncio.sleep(0)  # lets broken connections close their sockets


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: _Server) -> None:
    replies, requests = await _connected(server)
    try:
        directions = [asyncio.create_task(_pass(reader, requests)), asyncio.create_task(_answer(replies, writer))]
        try:
            # PostgreSQL has no use for a connection that is closed in one direction.
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in directions:
                each.cancel()
            await asyncio.gather(*directions, return_exceptions=True)
    finally:
        await _close(requests)


async def _close(writer: asyncio.StreamWriter) -> None:
    """Send what is left and close; break the connection if the other side does not cooperate."""
    writer.close()
    try:
        async with asyncio.timeout(_CLOSE_SECONDS):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        pass  # it is closed either way
    finally:
        writer.transport.abort()


async def _connected(server: _Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await _secured(server)
    except TimeoutError:
        problem = f"cannot be reached: no response within {_CONNECT_SECONDS} s"
    except OSError as error:
        problem = f"cannot be reached: {error}"
    raise Problem(problem, where=server.host, remedy="Look at the network and the host.")


async def _secured(server: _Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    plain = await loop.run_in_executor(None, lambda: socket.create_connection(server.address, timeout=_CONNECT_SECONDS))
    with contextlib.ExitStack() as opened:
        opened.enter_context(plain)
        plain.setblocking(False)
        await loop.sock_sendall(plain, _SSL_REQUEST)
        if await loop.sock_recv(plain, 1) != b"S":
            raise Problem(
                "the server does not accept TLS", where=server.host, remedy="Name the database by Neon's own host."
            )
        streams = await asyncio.open_connection(sock=plain, ssl=server.context, server_hostname=server.host)
        opened.pop_all()
    return streams


async def _answer(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass the server's messages on, without the login methods that bind it to the TLS that the client does not see."""
    kind = _OTHER_VERSION
    while kind == _OTHER_VERSION:
        kind, length = struct.unpack("!ci", await source.readexactly(5))
        body = await source.readexactly(length - 4)
        if kind == b"R" and body[:4] == _SASL:
            ways = [each for each in body[4:].split(b"\0") if each and not each.endswith(_BOUND)]
            body = _SASL + b"".join(each + b"\0" for each in ways) + b"\0"
        target.write(kind + struct.pack("!i", len(body) + 4) + body)
    await _pass(source, target)


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK):
        target.write(data)
        await target.drain()
    await target.drain()
