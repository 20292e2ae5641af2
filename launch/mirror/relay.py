"""A socket of this user alone that leads to a server over TLS, for a pg_dump that was built without it.

The one that comes with the sandbox is. Neon takes connections over TLS only, and finds the endpoint by the server name
in it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import struct
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from contract.problem import Problem

PORT = 5432
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""The message by which a client asks for TLS (PostgreSQL, "Message Formats")."""
_SASL = struct.pack("!i", 10)
_BOUND = b"-PLUS"
_OTHER_VERSION = b"v"
"""Kind of the message that negotiates the protocol's version, before the server asks for a login."""
_CONNECT_SECONDS = 20
_CHUNK = 65536


@contextmanager
def relay(url: str) -> Iterator[str]:
    """The folder of a Unix socket that leads to the server of the URL, until the end of the block.

    The certificate is verified as the URL's sslmode asks. The end raises Problem where the server could not be reached.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    given = {key: values[0] for key, values in parse_qs(parts.query).items()}
    mode = given.get("sslmode", "require")
    port = parts.port or int(given.get("port") or os.environ.get("PGPORT") or PORT)
    address = (given.get("hostaddr") or os.environ.get("PGHOSTADDR") or host, port)
    # Short, since the path of such a socket is at most 107 bytes long.
    with tempfile.TemporaryDirectory(prefix="pg-", dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(folder) / f".s.PGSQL.{PORT}"))
        listener.listen()
        failures: list[Problem] = []
        serving = threading.Thread(target=_serve, args=(listener, address, host, mode, failures))
        serving.start()
        try:
            yield folder
        finally:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            serving.join()
        if failures:
            raise failures[0]


def _serve(listener: socket.socket, address: tuple[str, int], host: str, mode: str, failures: list[Problem]) -> None:
    """Every connection in a thread of its own, until the listener is shut down and all have ended."""
    with ThreadPoolExecutor() as pool:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            pool.submit(_lead, client, address, host, mode, failures)


def _lead(client: socket.socket, address: tuple[str, int], host: str, mode: str, failures: list[Problem]) -> None:
    try:
        with client, _connected(address, host, mode) as server:
            asking = threading.Thread(target=_pass, args=(client, server))
            asking.start()
            _answer(server, client)
            asking.join()
    except Problem as error:
        failures.append(error)


def _connected(address: tuple[str, int], host: str, mode: str) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    if not mode.startswith("verify"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif mode == "verify-ca":
        context.check_hostname = False
    try:
        with contextlib.ExitStack() as opened:
            plain = opened.enter_context(socket.create_connection(address, timeout=_CONNECT_SECONDS))
            plain.sendall(_SSL_REQUEST)
            if plain.recv(1) != b"S":
                raise Problem("the server takes no TLS", where=host, remedy="Name the database by Neon's own host.")
            secure = context.wrap_socket(plain, server_hostname=host)
            secure.settimeout(None)
            opened.pop_all()
            return secure
    except OSError as error:
        raise Problem(f"cannot be reached: {error}", where=host, remedy="Look at the network and the host.") from None


def _answer(server: socket.socket, client: socket.socket) -> None:
    """Pass what the server says, but for the ways to log in that bind it to the TLS that the client does not see."""
    with contextlib.suppress(OSError):
        while message := _message(server):
            kind, body = message
            login = kind == b"R" and body[:4] == _SASL
            if login:
                ways = [each for each in body[4:].split(b"\0") if each and not each.endswith(_BOUND)]
                body = _SASL + b"".join(each + b"\0" for each in ways) + b"\0"
            client.sendall(kind + struct.pack("!i", len(body) + 4) + body)
            if kind != _OTHER_VERSION:
                break
    _pass(server, client)


def _message(server: socket.socket) -> tuple[bytes, bytes] | None:
    """One message of the server: its kind and its body."""
    head = _exactly(server, 5)
    if len(head) < 5:
        return None
    return head[:1], _exactly(server, struct.unpack("!i", head[1:])[0] - 4)


def _exactly(source: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count and (part := source.recv(count - len(found))):
        found += part
    return found


def _pass(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            target.sendall(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
