"""The real gateway and limiter at the edge, with an auth server and an upstream on loopback."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contract.paths import WORKERS
from tests.sandbox.edge.serving import Edge

HOST = "echome.prductr.com"
SECRET = "secret-of-the-stack-0123456789abcdef"
EVENTS = "/v1/events"
"""Path at which the upstream sends server-sent events."""
MOST_EVENTS = 1000
ALLOWED_SECONDS = 20
_NAMESPACE = "limits"


@dataclass
class Seen:
    """A request as the upstream saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Behind:
    """Auth server and upstream in one: publishes a key, signs tokens, and records its requests."""

    url: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    seen: list[Seen] = field(default_factory=list)
    allowed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Each release lets EVENTS send one more event."""
    left: threading.Event = field(default_factory=threading.Event)
    """Set when EVENTS has ended, or its reader is gone."""

    def key_set(self) -> bytes:
        """Return the response of `/auth/.well-known/jwks.json`."""
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        key = {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "one", "x": _base64(public)}
        return json.dumps({"keys": [key]}).encode()

    def token(self, user: str = "user-1", **claims: object) -> str:
        """Return a token of that user, as Neon Auth makes it."""
        header = _base64(json.dumps({"alg": "EdDSA", "kid": "one"}).encode())
        all_claims = {"sub": user, "iss": self.url, "aud": self.url, "exp": int(time.time()) + 900} | claims
        signing = f"{header}.{_base64(json.dumps(all_claims).encode())}"
        return f"{signing}.{_base64(self.key.sign(signing.encode()))}"


@contextmanager
def behind() -> Iterator[Behind]:
    """Yield auth server and upstream, which run until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if self.path == "/auth/.well-known/jwks.json":
                self._send(found.key_set())
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.seen.append(Seen(self.command, self.path, headers, body))
            if self.path == EVENTS:
                self._events()
                return
            self._send(b'{"ok": true}')

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _answer  # noqa: N815 -- the library's names

        def _events(self) -> None:
            """Send one event for each that the test allows; end when the reader is gone."""
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            try:
                for number in range(MOST_EVENTS):
                    if not found.allowed.acquire(timeout=ALLOWED_SECONDS):
                        break
                    self.wfile.write(f"data: {number}\n\n".encode())
                    self.wfile.flush()
            except OSError:
                pass
            found.left.set()

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Behind(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def deploy(edge: Edge, back: Behind, **variables: str) -> None:
    """Deploy the gateway in front of `back`, and its limiter: the same modules that the stack uploads."""
    edge.clouds.zone()
    edge.clouds.namespace("limiter", "UserLimiter", _NAMESPACE)
    edge.clouds.worker("limiter", _module("limiter"))
    texts = {
        "VERSION": "0123456789ab",
        "HOST": HOST,
        "AUTH_URL": f"{back.url}/auth",
        "UPSTREAM_URL": back.url,
        "UPSTREAM_SECRET": SECRET,
    } | variables
    limiter = {
        "type": "durable_object_namespace",
        "name": "LIMITER",
        "class_name": "UserLimiter",
        "script_name": "limiter",
        "namespace_id": _NAMESPACE,
    }
    plain = [{"type": "plain_text", "name": name, "text": text} for name, text in texts.items()]
    edge.clouds.worker("echome", _module("gateway"), HOST, (*plain, limiter))


def _module(name: str) -> str:
    return (WORKERS / name / "dist" / "index.js").read_text(encoding="utf-8")


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
