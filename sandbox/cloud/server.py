"""The HTTP server of the cloud room: uvicorn, with a way for a fault to break the connection."""

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
"""Key in the scope's extensions under which the connection is found."""

_SHUTDOWN_SECONDS = 2
"""How long an open request may delay the end of the server; a hanging one must not keep it alive."""


class _Protocol(H11Protocol):
    """Gives the application its transport, which ASGI hides from it."""

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
    """Send the client a TCP reset. Without a connection at hand (another server, a test transport) raises KeyError."""
    reset(scope["extensions"][TRANSPORT])


class PortError(Exception):
    """Another program listens on the port."""


def reserve(port: int) -> socket.socket:
    """A socket bound to this port of 127.0.0.1, for the server to listen on. Raises PortError.

    The lock is taken before anything else starts, so a second cloud room of the same sandbox touches nothing.
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
    """A server for 127.0.0.1; `run()` it, or `serve()` it inside a running loop."""
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
