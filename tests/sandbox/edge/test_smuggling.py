"""Requests hidden in requests, byte by byte. Prevents: an unverified second request behind a verified one."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import pytest

from tests.sandbox.edge.gateway import HOST, SECRET, Behind, behind, deploy
from tests.sandbox.edge.serving import Edge

HIDDEN = f"GET /hidden HTTP/1.1\r\nHost: {HOST}\r\nX-User-Id: admin\r\nX-Prductr-Gateway: {SECRET}\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
_SECONDS = 5
"""The test closes a connection that the edge keeps open."""

REFUSED = {
    "a length and chunks": f"Content-Length: 4\r\n{CHUNKED}\r\n0\r\n\r\n{HIDDEN}",
    "chunks and a length": f"{CHUNKED}Content-Length: {len(HIDDEN) + 5}\r\n\r\n0\r\n\r\n{HIDDEN}",
    "two lengths": f"Content-Length: 0\r\nContent-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a list of two lengths": f"Content-Length: 0, {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a length with a sign": f"Content-Length: +{len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a length with an underscore": f"Content-Length: 1_0\r\n\r\n{HIDDEN}",
    "a negative length": f"Content-Length: -1\r\n\r\n{HIDDEN}",
    "a length in other digits": f"Content-Length: \u00b2\r\n\r\n{HIDDEN}",
    "an unknown coding": f"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "two codings": f"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "identity": f"Transfer-Encoding: identity\r\n\r\n{HIDDEN}",
    "a coding with a tab before it": f"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "a space before the colon": f"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{HIDDEN}",
    "a chunk size that is none": f"{CHUNKED}\r\nzz\r\nhello\r\n0\r\n\r\n{HIDDEN}",
    "a chunk size with a sign": f"{CHUNKED}\r\n+5\r\nhello\r\n0\r\n\r\n{HIDDEN}",
    "a chunk size in hexadecimal notation": f"{CHUNKED}\r\n0x5\r\nhello\r\n0\r\n\r\n{HIDDEN}",
    "a chunk longer than its size": f"{CHUNKED}\r\n1\r\nhello\r\n0\r\n\r\n{HIDDEN}",
    "a chunk without its end": f"{CHUNKED}\r\n5\r\nhello0\r\n\r\n{HIDDEN}",
    "an enormous chunk size": f"{CHUNKED}\r\nffffffffffffffffffffff\r\nhello\r\n0\r\n\r\n{HIDDEN}",
    "a header without a colon": f"Evil\r\n\r\n{HIDDEN}",
    "a header without a name": f": evil\r\n\r\n{HIDDEN}",
    "a NUL in a header": f"X-A: b\x00c\r\n\r\n{HIDDEN}",
    "a return in a header": f"X-A: b\rX-User-Id: admin\r\n\r\n{HIDDEN}",
    "two hosts": f"Host: evil.example\r\n\r\n{HIDDEN}",
}
"""Text after a good token's header line that no server may read as a request, in any interpretation."""

ONE = {
    "a second request behind the first": f"\r\n{HIDDEN}",
    "a second request behind a body": f"Content-Length: 5\r\n\r\nhello{HIDDEN}",
    "a second request behind chunks": f"{CHUNKED}\r\n5\r\nhello\r\n0\r\n\r\n{HIDDEN}",
    "a request within a body": f"Content-Length: {len(HIDDEN)}\r\n\r\n{HIDDEN}",
    "a request within a chunk": f"{CHUNKED}\r\n{len(HIDDEN):x}\r\n{HIDDEN}\r\n0\r\n\r\n",
    "identity in a trailer": f"{CHUNKED}\r\n5\r\nhello\r\n0\r\nX-User-Id: admin\r\n\r\n",
    "an extension of a chunk": f"{CHUNKED}\r\n5;x-user-id=admin\r\nhello\r\n0\r\n\r\n",
    "a folded header": "X-A: b\r\n X-User-Id: admin\r\nContent-Length: 0\r\n\r\n",
    "an upgrade to HTTP/2": "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\nContent-Length: 0\r\n\r\n",
    "an expectation": "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello",
}
"""One request, perhaps followed by another without a token of its own."""


@pytest.fixture(scope="module")
def back() -> Iterator[Behind]:
    with behind() as found:
        yield found


@pytest.fixture
def protected(edge: Edge, back: Behind) -> Edge:
    back.seen.clear()
    deploy(edge, back, RATE_LIMIT_UNAVAILABLE='[{"methods": ["POST"], "path": "/*", "answer": "open"}]')
    assert edge.get(f"https://{HOST}/health").status_code == 200
    return edge


def send(edge: Edge, text: str) -> str:
    """Return the responses to these bytes."""
    context = ssl.create_default_context(cafile=edge.trust)
    with (
        socket.create_connection(("127.0.0.1", edge.home.ports.edge_https), timeout=_SECONDS) as raw,
        context.wrap_socket(raw, server_hostname=HOST) as connection,
    ):
        connection.sendall(text.encode("latin-1"))
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except (TimeoutError, OSError):
            pass
        return answer.decode("latin-1")


def post(edge: Edge, back: Behind, rest: str) -> str:
    return send(edge, f"POST /shown HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {back.token()}\r\n{rest}")


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_that_can_be_read_in_two_ways_is_refused(protected: Edge, back: Behind, name: str) -> None:
    answer = post(protected, back, REFUSED[name])
    assert "HTTP/1.1 200" not in answer, answer
    assert back.seen == []


@pytest.mark.parametrize("name", ONE)
def test_only_the_request_with_the_token_reaches_the_upstream_and_as_its_user(
    protected: Edge, back: Behind, name: str
) -> None:
    answer = post(protected, back, ONE[name])
    assert answer.count("HTTP/1.1 200") == 1, answer
    [seen] = back.seen
    assert (seen.method, seen.path, seen.headers["x-user-id"]) == ("POST", "/shown", "user-1")
    assert seen.headers["x-prductr-gateway"] == SECRET


@pytest.mark.parametrize(
    "text",
    [
        "GET /hidden\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\x16\x03\x01",
        f"GET /hidden HTTP/9.9\r\nHost: {HOST}\r\n\r\n",
    ],
    ids=["HTTP/0.9", "HTTP/2", "TLS within TLS", "an unknown version"],
)
def test_a_request_that_is_not_http_1_reaches_nothing(protected: Edge, back: Behind, text: str) -> None:
    answer = send(protected, text)
    assert "HTTP/1.1 200" not in answer
    assert back.seen == []


@pytest.mark.parametrize("target", ["http://evil.example/x", "https://dashboard.prductr.com/x", "//evil.example/x"])
def test_a_request_line_cannot_lead_to_another_host(protected: Edge, back: Behind, target: str) -> None:
    text = f"GET {target} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {back.token()}\r\nConnection: close\r\n\r\n"
    send(protected, text)
    assert all(seen.headers["x-forwarded-host"] == HOST for seen in back.seen)
