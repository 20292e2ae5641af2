"""Small real services for the supervisor's tests: each listens, one answers over HTTP, one has a child of its own."""

from __future__ import annotations

import sys

from sandbox.base.home import Home
from sandbox.processes.services import Service

_WEB = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
_LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"
_PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_LISTEN!r}, sys.argv[1]])"
_BROKEN = "print('no module named anything'); raise SystemExit(3)"


def _python(code: str, port: int) -> tuple[str, ...]:
    return (sys.executable, "-c", code, str(port))


def plan(home: Home) -> tuple[Service, ...]:
    """A web service, and one whose child listens."""
    web, child = home.ports.cloud, home.ports.edge_http
    return (
        Service(name="web", command=_python(_WEB, web), ports=(("web", web),), health="/health"),
        Service(name="parent", command=_python(_PARENT, child), ports=(("child", child),)),
    )


def broken(home: Home) -> tuple[Service, ...]:
    """A service that ends at once."""
    return (
        *plan(home),
        Service(name="broken", command=_python(_BROKEN, home.ports.dns), ports=(("broken", home.ports.dns),)),
    )


def silent(home: Home) -> tuple[Service, ...]:
    """A service that lives but never listens."""
    return (Service(name="silent", command=_python("import time; time.sleep(600)", 0), ports=(("x", home.ports.dns),)),)
