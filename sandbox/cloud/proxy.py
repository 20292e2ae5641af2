"""A forward proxy that serves the vendors' own host names, for clients with hard-coded addresses.

HTTPS_PROXY points a client at it, and SSL_CERT_FILE makes the client trust the sandbox's authority. The client requests
a tunnel (CONNECT); the proxy terminates TLS with a certificate of the authority and forwards the request to the cloud's
own port, below the vendor's prefix. It connects to nothing else.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from typing import Any

from sandbox.base import Authority, Listener, Stream, connected, copied, either, opened, reset
from sandbox.state import Context

_SECONDS = 30.0
"""Time limit for the head of a client's request, and for its TLS handshake."""
_HEAD_BYTES = 65536
_END = b"\r\n\r\n"
_PREFIXES = {
    "api.cloudflare.com": "",
    "api.vercel.com": "/vercel",
    "console.neon.tech": "/neon",
    "api-frameworks.zeit.sh": "/frameworks",
    "dcs.vercel-infra.com": "/dcs",
}
_NEON_DRIVER = re.compile(r"api\.[a-z0-9-]+\.(?:aws|azure)\.neon\.tech")
"""The host to which Neon's serverless driver sends SQL: `api` in place of the endpoint."""


def prefix(host: str) -> str | None:
    """Return the path under which the cloud serves a host; None if it does not."""
    host = host.lower().rstrip(".")
    return "/neon" if _NEON_DRIVER.fullmatch(host) else _PREFIXES.get(host)


class Service:
    """The listener on the proxy's port, for as long as the cloud runs."""

    def __init__(self, context: Context) -> None:
        self._home = context.home
        self._listener = Listener(self._serve)
        self._tls: ssl.SSLContext | None = None

    async def start(self) -> None:
        """Start listening. Raises OSError if the port is taken."""
        authority = await asyncio.to_thread(Authority.load_or_create, self._home.authority_dir)
        self._tls = authority.context_by_name(lambda host: prefix(host) is not None)
        await self._listener.start(self._home.ports.proxy)

    async def stop(self) -> None:
        """Stop listening and close all connections."""
        await self._listener.stop()

    async def reset(self, section: dict[str, Any]) -> None:
        """Do nothing: a proxy has no state."""

    async def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_SECONDS):
                request = await _head(connection)
            host, refusal = _destination(request)
            if refusal:
                await asyncio.get_running_loop().sock_sendall(connection, _refused(refusal))
                return
            await asyncio.get_running_loop().sock_sendall(connection, b"HTTP/1.1 200 Connection established\r\n\r\n")
            client = await opened(connection, self._tls, _SECONDS)
            try:
                await self._forward(client, host)
            finally:
                await client.close()

    async def _forward(self, client: Stream, host: str) -> None:
        """Relay one request: rewrite its head and pass on everything after it unchanged. Then close the tunnel.

        If the cloud resets its connection, the client's is reset too.
        """
        async with asyncio.timeout(_SECONDS):
            head = await client.reader.readuntil(_END)
        cloud = await connected(self._home.ports.cloud)
        try:
            await cloud.send(rewritten(head, prefix(host) or ""))
            await either(asyncio.create_task(copied(client, cloud)), asyncio.create_task(copied(cloud, client)))
            if isinstance(cloud.reader.exception(), ConnectionResetError):
                reset(client.writer.transport)
        finally:
            await cloud.close()


def rewritten(head: bytes, path: str) -> bytes:
    """Return a request's head with its target below `path`, and with `Connection: close`.

    The root becomes `path` itself, without a trailing slash, unless `path` is the root too.
    """
    lines = head.removesuffix(_END).split(b"\r\n")
    method, target, version = lines[0].split(b" ")
    kept = [line for line in lines[1:] if line.partition(b":")[0].strip().lower() not in (b"connection", b"keep-alive")]
    below = target if target != b"/" else b""
    if target.startswith(b"/?"):
        below = target[1:]
    first = b" ".join((method, path.encode() + below or b"/", version))
    return b"\r\n".join([first, *kept, b"Connection: close"]) + _END


def _destination(request: bytes) -> tuple[str, str | None]:
    """Return the host of the requested tunnel, and the reason if the tunnel is refused."""
    words = request.split(b"\r\n")[0].decode("latin-1").split(" ")
    if len(words) != 3 or words[0] != "CONNECT":
        return "", "This proxy opens tunnels (CONNECT) only."
    host, _, port = words[1].rpartition(":")
    if prefix(host) is None or port != "443":
        served = ", ".join([*_PREFIXES, "api.REGION.aws.neon.tech"])
        return host, f"The sandbox does not serve {words[1]}. Its proxy serves {served}, each on port 443."
    return host, None


def _refused(reason: str) -> bytes:
    body = f"{reason}\n".encode()
    head = f"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\nConnection: close"
    return head.encode() + _END + body


async def _head(connection: socket.socket) -> bytes:
    """Read the head of a request. A client that requests a tunnel sends nothing more until it has the response."""
    data = b""
    while not data.endswith(_END):
        more = await asyncio.get_running_loop().sock_recv(connection, _HEAD_BYTES)
        data += more
        if not more or len(data) > _HEAD_BYTES:
            raise ConnectionError("no request")
    return data
