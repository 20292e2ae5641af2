"""The relay between pg_dump and a server over TLS. Prevents: a dump that aborts because both directions share one
TLS connection, and a network failure that is reported as one of pg_dump.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from contract.problem import Problem
from launch.mirror.relay import PORT, relay
from sandbox.base import Authority

SSL_REQUEST = 8
"""Length of the request for TLS, in bytes."""


def login_of(*ways: bytes) -> bytes:
    """Return the server's message with its login mechanisms (PostgreSQL, "Message Formats": AuthenticationSASL)."""
    names = b"".join(way + b"\0" for way in ways) + b"\0"
    return b"R" + struct.pack("!ii", len(names) + 8, 10) + names


LOGIN = login_of(b"SCRAM-SHA-256-PLUS", b"SCRAM-SHA-256")
OFFERED = login_of(b"SCRAM-SHA-256")
SIZE = 16 * 1024 * 1024


@contextmanager
def served(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Yield the port of a server that handles one connection after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def connect(folder: str) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(60)
    client.connect(str(Path(folder) / f".s.PGSQL.{PORT}"))
    return client


def received(source: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count and (part := source.recv(65536)):
        found += part
    return bytes(found)


def fail(url: str) -> None:
    """Fail like a client that finds no server, with its own message."""
    with relay(url) as folder, connect(folder) as client:
        assert client.recv(1) == b""
        raise Problem("the client's own words", where="there", remedy="None.")


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return Authority.load_or_create(tmp_path_factory.mktemp("authority")).issue(["127.0.0.1"]).context


def greeting(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Greet like Neon: start TLS, and offer two login mechanisms."""
    received(connection, SSL_REQUEST)
    connection.sendall(b"S")
    secure = context.wrap_socket(connection, server_side=True)
    secure.sendall(LOGIN)
    return secure


def test_everything_that_both_sides_send_at_once_arrives(context: ssl.SSLContext) -> None:
    def echo(connection: socket.socket) -> None:
        with greeting(connection, context) as secure:
            while part := secure.recv(65536):
                secure.sendall(part)

    sent = bytes(range(256)) * (SIZE // 256)
    with served(echo) as port, relay(f"postgresql://a:b@127.0.0.1:{port}/c") as folder, connect(folder) as client:
        assert received(client, len(OFFERED)) == OFFERED
        sending = threading.Thread(target=client.sendall, args=(sent,))
        sending.start()
        assert received(client, SIZE) == sent
        sending.join()


def test_a_client_may_send_while_the_server_still_issues_session_tickets(context: ssl.SSLContext) -> None:
    def answer(connection: socket.socket) -> None:
        with greeting(connection, context) as secure:
            secure.sendall(received(secure, 8))

    with served(answer) as port, relay(f"postgresql://a:b@127.0.0.1:{port}/c") as folder:
        for _ in range(100):
            with connect(folder) as client:
                client.sendall(b"startup.")
                assert received(client, len(OFFERED) + 8) == OFFERED + b"startup."


def test_an_unreachable_server_is_reported_instead_of_its_clients_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Problem, match="cannot be reached") as failure:
        fail(f"postgresql://a:b@127.0.0.1:{port}/c")
    assert failure.value.where == "127.0.0.1"


def test_a_server_without_tls_is_named() -> None:
    def refuse(connection: socket.socket) -> None:
        received(connection, SSL_REQUEST)
        connection.sendall(b"N")

    with served(refuse) as port, pytest.raises(Problem, match="does not accept TLS"):
        fail(f"postgresql://a:b@127.0.0.1:{port}/c")


def test_an_untrusted_certificate_is_refused_where_the_url_requires_a_trusted_one(context: ssl.SSLContext) -> None:
    def answer(connection: socket.socket) -> None:
        received(connection, SSL_REQUEST)
        connection.sendall(b"S")
        with suppress(OSError):
            context.wrap_socket(connection, server_side=True)

    with served(answer) as port, pytest.raises(Problem, match="certificate"):
        fail(f"postgresql://a:b@127.0.0.1:{port}/c?sslmode=verify-full")
