"""The sockets for HTTP and HTTPS."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import AsyncGenerator, Iterator
from ipaddress import ip_address

import uvicorn
from starlette.types import Receive, Scope, Send

from sandbox.edge import localhost
from sandbox.edge.admin import PREFIX, Admin
from sandbox.edge.hosts import Internet
from sandbox.edge.localhost import LocalView
from sandbox.edge.model import Headers, Request, Response, end_to_end, host_of, page, text

log = logging.getLogger(__name__)

_SHUTDOWN_SECONDS = 2
_NO_WEBSOCKETS = (
    "The sandbox's edge passes no WebSocket on, though Cloudflare does, and the gateway too (workers/tests/gateway)."
    " docs/sandbox.md lists what is not simulated.\n"
)
_OURS = frozenset({"content-length", "transfer-encoding", "connection", "date"})


class Application:
    """The ASGI application of both sockets."""

    def __init__(self, internet: Internet, admin: Admin) -> None:
        self._internet = internet
        self._admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        assert scope["type"] == "http", "lifespan and websockets are off"
        try:
            request = await _read(scope, receive)
        except _BrokenError as error:
            await _write(text(400, f"{error}\n"), scope["method"], receive, send)
            return
        if _is_handshake(scope):
            await _write(text(501, _NO_WEBSOCKETS), scope["method"], receive, send)
            return
        try:
            response = await self._answer(request, int(scope["server"][1]))
        except Exception:
            log.exception("No response for %s", request.url)
            response = page(500, "The sandbox failed", "<h1>The sandbox's edge failed</h1><p>See its log.</p>")
        await _write(response, request.method, receive, send)

    async def _answer(self, request: Request, port: int) -> Response:
        view = LocalView(scheme=request.scheme, port=port)
        if request.host == "localhost" or _is_address(request.host):
            if request.path.startswith(PREFIX):
                return await self._admin.answer(request)
            if request.path == "/":
                return localhost.index(self._internet.snapshot(), view)
            return text(404, "This is the sandbox's edge: request one of its hosts.\n")
        if request.host.endswith(localhost.SUFFIX):
            response = await self._internet.answer(view.request(request))
            return view.response(response, self._internet.snapshot())
        return await self._internet.answer(request)


class Server(uvicorn.Server):
    """The server of one socket; the process handles signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do not handle signals."""
        yield

    async def ended(self, serving: asyncio.Task[None]) -> None:
        """Stop the server, and wait for it."""
        self.should_exit = True
        await serving


def create_server(app: Application, port: int, context: ssl.SSLContext | None = None) -> Server:
    """Return a server for 127.0.0.1, with TLS if a context is given."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http="h11",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        # A visitor is identified by the address of the connection, not by headers.
        proxy_headers=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        ssl_context_factory=(lambda _config, _default: context) if context else None,
    )
    return Server(config)


async def ready(server: Server) -> asyncio.Task[None]:
    """Listen, and return the task that serves. Raises OSError if the port is taken."""
    listener = socket.create_server(("127.0.0.1", server.config.port))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    return serving


class _BrokenError(Exception):
    """The request is incomplete or ambiguous."""


async def _read(scope: Scope, receive: Receive) -> Request:
    """Return the request. Raises _BrokenError."""
    headers: Headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    if {"content-length", "transfer-encoding"} <= {name for name, _ in headers}:
        raise _BrokenError("A body has a length or comes in chunks, not both.")
    body = b""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _BrokenError("The body ended before all of it was sent.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    host = next((value for name, value in headers if name == "host"), "")
    return Request(
        method=scope["method"],
        scheme=scope["scheme"],
        host=host_of(host),
        target=f"{path}?{query}" if query else path,
        headers=end_to_end(headers),
        body=body,
        visitor=str(scope["client"][0]),
    )


async def _write(response: Response, method: str, receive: Receive, send: Send) -> None:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in end_to_end(response.headers)
        if name.lower() not in _OURS
    ]
    if response.stream is not None:
        await _stream(response.status, headers, response.stream, receive, send)
        return
    empty = response.status in (204, 304)
    if not empty:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if empty or method == "HEAD" else response.body})


async def _stream(
    status: int, headers: list[tuple[bytes, bytes]], parts: AsyncGenerator[bytes, None], receive: Receive, send: Send
) -> None:
    """Send the parts as they arrive, until they end or the visitor disconnects. An error breaks the connection."""

    async def sending() -> None:
        async with contextlib.aclosing(parts):
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    await send({"type": "http.response.start", "status": status, "headers": headers})
    sent, left = asyncio.create_task(sending()), asyncio.create_task(_left(receive))
    await asyncio.wait((sent, left), return_when=asyncio.FIRST_COMPLETED)
    for task in (sent, left):
        task.cancel()
    done = await asyncio.gather(sent, left, return_exceptions=True)
    if isinstance(done[0], Exception):
        raise done[0]


async def _left(receive: Receive) -> None:
    """Wait until the visitor disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _is_handshake(scope: Scope) -> bool:
    """Return whether the request is a WebSocket handshake (RFC 6455, 4.1)."""
    given = {name.lower(): value.lower() for name, value in scope["headers"]}
    requested = given.get(b"upgrade") == b"websocket" and b"sec-websocket-key" in given
    return scope["method"] == "GET" and requested and given.get(b"sec-websocket-version") == b"13"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
