"""Serve pages on loopback, read-only: two methods, no query, no cookie, and only for this machine's own names.

A page of another origin may send a browser here under a name that it resolves to this machine; such a name is refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from contract.problem import Problem
from launch.home.pages import Pages

ADDRESS = "127.0.0.1"
_NAMES = frozenset({ADDRESS, "localhost"})
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Server(ThreadingHTTPServer):
    """The pages behind an address."""

    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, pages: Pages, port: int) -> None:
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            remedy = "Name another with --port, or 0 for any that is free."
            raise Problem(f"cannot be served from ({error.strerror})", where=f"port {port}", remedy=remedy) from None
        self.pages = pages

    @property
    def url(self) -> str:
        """The address for a browser."""
        return f"http://{ADDRESS}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "launch"
    sys_version = ""
    timeout = 10

    def do_GET(self) -> None:
        """Send a page, or the reason why there is none."""
        parts = urlsplit(self.path)
        host = (self.headers.get("Host") or "").rpartition(":")[0] or self.headers.get("Host") or ""
        if host not in _NAMES:
            self._respond(HTTPStatus.MISDIRECTED_REQUEST, "This address serves this machine only.\n")
            return
        page = None if parts.query else self.server.pages.page(parts.path.removeprefix("/"))
        if page is None:
            self._respond(HTTPStatus.NOT_FOUND, "There is no such page; / lists all.\n")
        else:
            self._respond(HTTPStatus.OK, page, **_HEADERS)

    do_HEAD = do_GET  # noqa: N815 -- the name that http.server looks for

    def _refuse(self) -> None:
        self.close_connection = True
        self._respond(HTTPStatus.METHOD_NOT_ALLOWED, "These pages can only be read.\n", Allow="GET, HEAD")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse  # noqa: N815

    def _respond(self, status: HTTPStatus, text: str, **headers: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the signature
        """Log nothing: requests are nobody's business."""


def serve(server: Server) -> None:
    """Serve requests until a keyboard interrupt."""
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


@contextmanager
def served(pages: Pages, port: int = 0) -> Iterator[str]:
    """Yield the address of the pages, served until the end of the block. Raises Problem if the port is taken."""
    server = Server(pages, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
