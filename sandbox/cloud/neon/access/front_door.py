"""The front door for PostgreSQL clients: TLS, the server name, and a pipe to the branch's own server.

The branch's server checks the client's password, so roles created in SQL can log in as well. With channel binding, the
door checks the hash that binds the login to this connection. The target of a host is looked up for each connection. The
pooled host offers the same sessions as the direct one; it refuses only the startup parameters that PgBouncer in
transaction mode refuses.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import socket
import ssl
import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from weakref import WeakKeyDictionary

import psycopg

from sandbox.base import Authority, Issued, Listener, Stream, connected, copied, either
from sandbox.cloud.neon.access import channel_binding, gateway
from sandbox.cloud.neon.access.greeting import greet
from sandbox.cloud.neon.access.startup import CANCEL, Startup, StartupError
from sandbox.cloud.neon.compute import ScramVerifier
from sandbox.cloud.neon.control import ControlPlane

_LOG = logging.getLogger("sandbox.cloud.neon")
_HANDSHAKE_SECONDS = 30.0
"""Time limit for a client's TLS handshake and startup message."""
_AUTHENTICATION_SECONDS = 60.0
"""Time limit for a client's authentication: PostgreSQL's `authentication_timeout`."""
_WAITING = 64
"""The number of clients that may wait for a server to wake, or for a branch to be created, without delaying others."""
_DOMAIN = ".neon.tech"

INSECURE = "connection is insecure (try using `sslmode=require`)"
NO_ENDPOINT = (
    "Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) for SNI support or pass"
    " the endpoint ID (first part of the domain name) as a parameter: '?options=endpoint%3D<endpoint-id>'."
    " See more at https://neon.tech/sni"
)


class FrontDoor:
    """A listener on one port of 127.0.0.1."""

    def __init__(self, plane: ControlPlane, authority: Authority) -> None:
        self._plane = plane
        self._authority = authority
        self._names: WeakKeyDictionary[ssl.SSLObject, str] = WeakKeyDictionary()
        self._certificates: dict[str, Issued] = {}
        self._default = self._issued("eu-central-1.aws.neon.tech")
        self._default.context.sni_callback = self._named
        self._cancels: dict[bytes, int] = {}
        self._listener = Listener(self._serve)
        self._waiting = ThreadPoolExecutor(_WAITING, thread_name_prefix="neon-connection")

    async def start(self, port: int) -> None:
        """Start listening. Raises OSError if the port is taken."""
        await self._listener.start(port)

    async def stop(self) -> None:
        """Close every connection."""
        await self._listener.stop()
        self._waiting.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, connection: socket.socket) -> None:
        client = None
        try:
            async with asyncio.timeout(_HANDSHAKE_SECONDS):
                client, code, body = await greet(connection, self._default.context, _HANDSHAKE_SECONDS)
            if code == CANCEL:
                await self._cancel(body)
            else:
                await self._lead(client, Startup.parse(code, body))
        except StartupError as error:
            if client is not None:
                with suppress(OSError, ssl.SSLError):
                    await client.send(error.message())
        except (OSError, ssl.SSLError, TimeoutError, asyncio.IncompleteReadError) as error:
            _LOG.debug("a client left early: %s", error)
        finally:
            if client is not None:
                await client.close()

    async def _lead(self, client: Stream, startup: Startup) -> None:
        label = self._label(client, startup)
        try:
            loop = asyncio.get_running_loop()
            target = await loop.run_in_executor(self._waiting, gateway.target, self._plane, label)
        except gateway.GatewayError as error:
            raise StartupError(str(error)) from None
        if target.pooled:
            startup.refuse_unpooled()
        server = await connected(target.port)
        try:
            await self._authenticate(client, server, startup, target)
            await either(
                asyncio.create_task(copied(client, server)),
                asyncio.create_task(self._answers(server, client, target.port)),
            )
        finally:
            await server.close()

    async def _authenticate(self, client: Stream, server: Stream, startup: Startup, target: gateway.Target) -> None:
        """Authenticate the client, with channel binding if it uses TLS: TLS ends here, so the server cannot bind."""
        message = startup.for_server(read_only=target.read_only).serialize()
        tls = client.writer.get_extra_info("ssl_object")
        if tls is None:
            await server.send(message)
            return
        user = startup.parameters.get("user", "")
        scram_verifier = functools.partial(self._plane.computes.scram_verifier, target.branch_id, user)

        async def verifier() -> ScramVerifier | None:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._waiting, scram_verifier)
            except psycopg.Error as error:
                _LOG.warning("the server of %s does not respond: %s", target.branch_id, error)
                raise StartupError(gateway.NOT_READY) from None

        shown = self._certificates.get(self._names.get(tls, "").partition(".")[2], self._default)
        async with asyncio.timeout(_AUTHENTICATION_SECONDS):
            await channel_binding.led(client, server, message, shown.certificate, verifier)

    async def _answers(self, server: Stream, client: Stream, port: int) -> None:
        """Relay the server's messages, one by one until it is ready: one of them contains the cancel key."""
        key = b""
        try:
            with suppress(OSError, ssl.SSLError, asyncio.IncompleteReadError):
                kind = b""
                while kind != b"Z":
                    header = await server.reader.readexactly(5)
                    kind, length = header[:1], struct.unpack("!I", header[1:])[0]
                    body = await server.reader.readexactly(length - 4)
                    if kind == b"K":
                        key = body
                        self._cancels[key] = port
                    await client.send(header + body)
                await copied(server, client)
        finally:
            self._cancels.pop(key, None)

    async def _cancel(self, key: bytes) -> None:
        """Pass a cancel request to the server that runs the session. As in PostgreSQL, there is no response."""
        port = self._cancels.get(key)
        if port is None:
            return
        server = await connected(port)
        await server.send(struct.pack("!II", len(key) + 8, CANCEL) + key)
        await server.reader.read()  # the server closes when the signal is sent
        await server.close()

    def _label(self, client: Stream, startup: Startup) -> str:
        """Return the first label of the requested endpoint's host, pooled or not. Raises StartupError."""
        tls = client.writer.get_extra_info("ssl_object")
        named = startup.endpoint
        if tls is None and named is None:
            raise StartupError(INSECURE)
        name = self._names.get(tls, "") if tls is not None else ""
        if name.endswith(_DOMAIN):
            label, _, domain = name.partition(".")
            if named not in (None, label, label.removesuffix("-pooler")):
                message = f"Inconsistent project name inferred from SNI ('{label}') and project option ('{named}')."
                raise StartupError(message)
            return label if domain else ""
        if named is None and name:
            domain = name.partition(".")[2] or name
            raise StartupError(f"Common name inferred from SNI ('{domain}') is not known")
        if named is None:
            raise StartupError(NO_ENDPOINT)
        return named

    def _named(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        """Remember the server name, and present the certificate of its region."""
        self._names[connection] = (name or "").lower()
        domain = self._names[connection].partition(".")[2]
        if f".{domain}".endswith(_DOMAIN):
            if domain not in self._certificates:
                self._certificates[domain] = self._issued(domain)
            connection.context = self._certificates[domain].context

    def _issued(self, domain: str) -> Issued:
        issued = self._authority.issue([f"*.{domain}"])
        issued.context.set_alpn_protocols(["postgresql"])
        return issued
