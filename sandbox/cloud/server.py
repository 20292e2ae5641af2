"""The HTTP server of the cloud room: uvicorn, with a way for a fault to reset the connection."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from sandbox.base import reset

TRANSPORT = "sandbox.transport"
"""The key of the connection in the scope's extensions."""

_SHUTDOWN_SECONDS = 2
"""How long an open request may delay the shutdown; a hanging request must not keep the server alive."""


class _Protocol(H11Protocol):
    """The HTTP/1.1 protocol, which also passes the application its transport; ASGI hides it."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "extensions": {TRANSPORT: self.transport}}, receive, send)

        self.app = with_transport


def break_connection(scope: Scope) -> None:
    """Send the client a TCP reset. Raises KeyError without a connection (another server, a test transport)."""
    reset(scope["extensions"][TRANSPORT])


class PortError(Exception):
    """Another program is listening on the port."""


def reserve(port: int) -> socket.socket:
    """Return a socket bound to this port of 127.0.0.1, for the server to listen on. Raises PortError.

    The port serves as a lock: it is bound before anything else starts, so a second cloud room of the same sandbox
    touches nothing.
    """
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        reserved.bind(("127.0.0.1", port))
    except OSError as error:
        reserved.close()
        raise PortError(f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}.") from error
    return reserved


def create_server(app: ASGIApp, port: int) -> uvicorn.Server:
    """Return a server for 127.0.0.1; `run()` it, or `serve()` it inside a running loop."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=_Protocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    return uvicorn.Server(config)
