"""A connection URL has exactly one reading. Prevents: a part of a password in a message, as host, port or path."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from database.postgres.connection import connect
from database.postgres.errors import DatabaseError, RefusedError, UrlError
from database.postgres.urls import parameters, redact, safe_url

PIECES = ("Sup3r", "S3cret", "Tail")
MALFORMED = [
    "postgresql://owner:Sup3r@S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r/S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r?S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r#S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r%S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r%00S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r\tS3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r\nS3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r[S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r:@S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r@S3cret/Tail@127.0.0.1:1/neondb",
    "postgresql://owner:Sup3r?x=S3cretTail@127.0.0.1:1/neondb",
    "postgresql://owner@Sup3r:S3cretTail/neondb",
    "postgresql://owner:x@127.0.0.1:Sup3rS3cretTail/neondb",
    "postgresql://[owner:Sup3rS3cretTail@127.0.0.1/neondb",
    "postgres:/owner:Sup3rS3cretTail@127.0.0.1/neondb",
    "host=127.0.0.1 password=Sup3rS3cretTail",
    "owner:Sup3rS3cretTail@127.0.0.1/neondb",
]


@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_refused_without_showing_any_of_the_password(url: str) -> None:
    with pytest.raises(UrlError) as refused:
        connect(url, application_name="test", patience=0)
    shown = f"{refused.value!r} {refused.value} {safe_url(url)}"
    assert refused.value.remedy
    assert [piece for piece in PIECES if piece in shown] == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://owner:Sup3r%40S3cretTail@127.0.0.1:1/neondb",
        "postgresql://owner@127.0.0.1:1/neondb?password=Sup3rS3cretTail",
        "postgresql://owner:Sup3r:S3cretTail@127.0.0.1:1/neondb",
        "postgresql://owner:Sup3rS3cretTail@127.0.0.1:1,127.0.0.1:2/neondb",
        "postgresql://owner:Sup3rS3cretTail@[::1]:1/neondb",
        "postgresql://owner:Sup3rS3cretTail@127.0.0.1:1/neondb?sslmode=disable&sslpassword=Sup3rTail",
    ],
)
def test_a_valid_url_is_tried_and_its_secrets_are_not_shown(url: str) -> None:
    with pytest.raises(DatabaseError) as failed:
        connect(url, application_name="test", patience=0)
    shown = f"{failed.value!r} {failed.value} {safe_url(url)} {redact(f'error in {url}', url)}"
    assert "cannot connect" in failed.value.what
    assert [piece for piece in PIECES if piece in shown] == []


def test_the_parts_that_are_not_secret_are_shown() -> None:
    assert safe_url("postgresql://owner:secret@db.example:5432/neondb?sslmode=require") == (
        "postgresql://owner@db.example:5432/neondb"
    )


def test_a_parameter_of_another_client_is_named() -> None:
    with pytest.raises(UrlError, match="pgbouncer") as refused:
        parameters("postgresql://owner:x@127.0.0.1/neondb?sslmode=require&pgbouncer=true")
    assert "Remove it" in refused.value.remedy


@contextmanager
def server(answer: bytes) -> Iterator[int]:
    """Yield the port of a server that sends this answer to each client's first message, and nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    with client:
                        client.recv(1024)
                        client.sendall(answer)
                        client.recv(1024)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


SPEAKS_TLS = b"S"
ASKS_FOR_A_PASSWORD = b"R" + struct.pack("!ii", 8, 3)


@pytest.mark.parametrize(
    ("answer", "query", "remedy"),
    [
        (SPEAKS_TLS, "sslmode=verify-full&sslrootcert=/nowhere/root.crt", "sslrootcert=system"),
        (ASKS_FOR_A_PASSWORD, "sslmode=disable", "has no password"),
    ],
)
def test_a_missing_password_or_authority_is_not_reported_as_a_wrong_role_or_server(
    answer: bytes, query: str, remedy: str
) -> None:
    with server(answer) as port, pytest.raises(RefusedError) as failed:
        connect(f"postgresql://owner@127.0.0.1:{port}/neondb?{query}", application_name="test", patience=0)
    assert remedy in failed.value.remedy
