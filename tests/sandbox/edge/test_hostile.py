"""The gateway's hostile requests, through the edge. Prevents: one that only a bare runtime stops.

The table is workers/tests/gateway/hostile.json. Its rows with forged tokens run there, against the same module;
the rows that need a good token or none run here. The edge may refuse a request itself, and adds Cloudflare's headers.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from contract.paths import WORKERS
from tests.sandbox.edge.gateway import HOST, SECRET, Behind, behind, deploy
from tests.sandbox.edge.serving import Edge

Row = dict[str, Any]
ROWS: list[Row] = json.loads((WORKERS / "tests" / "gateway" / "hostile.json").read_text(encoding="utf-8"))["rows"]
SENT = [row for row in ROWS if row.get("token", "none") in ("good", "none")]
PLANS = '{"default_plan": "test", "plans": {"test": {"limit": 100000, "window_seconds": 86400}}}'
OPEN = '[{"methods": ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"], "path": "/*", "answer": "open"}]'
TIDIED = {
    "framing: a list of lengths": "equal lengths are one",
    "header: Connection names another": "the edge ends the connection, and with it what it says of others",
    "host: with a final dot": "the edge finds the host without it",
    "method: get is none that the runtime knows": "the edge reads it as GET",
    "upgrade: a WebSocket by POST": "the edge knows no WebSockets, and passes on a plain request",
    "upgrade: a WebSocket of version 8": "likewise",
    "upgrade: a WebSocket without a key": "likewise",
}
"""Rows that the edge turns into a harmless request, and the reason. The caller is still the token's user."""
_CLOUDFLARES = {"x-forwarded-for"}
"""Headers about the visitor that the edge itself sets."""
_SECONDS = 3


@pytest.fixture
def back() -> Iterator[Behind]:
    with behind() as found:
        yield found


def filled(text: str, token: str) -> str:
    repeated = re.sub(r"\{(.)\*(\d+)\}", lambda found: found[1] * int(found[2]), text)
    return repeated.replace("{token}", token).replace("{secret}", SECRET)


def request(row: Row, token: str) -> bytes:
    """Return the bytes of a row, as the table defines them."""
    if "raw" in row:
        return filled(row["raw"], token).encode("latin-1")
    pairs = [
        (name.replace("{n}", str(number)), filled(value, token))
        for number in range(row.get("times", 1))
        for name, value in row.get("headers", [])
    ]
    if not any(name.lower() == "connection" for name, _ in pairs):
        pairs.append(("Connection", "close"))
    if row["token"] == "good":
        pairs.insert(0, ("Authorization", f"Bearer {token}"))
    pairs.insert(0, ("Host", row.get("host", HOST)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in pairs)
    start = f"{row.get('method', 'GET')} {filled(row.get('path', '/v1'), token)} HTTP/1.1\r\n"
    return f"{start}{lines}\r\n{row.get('body', '')}".encode("utf-8", "surrogateescape")


def send(edge: Edge, data: bytes) -> bytes:
    context = ssl.create_default_context(cafile=edge.trust)
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", edge.home.ports.edge_https), timeout=_SECONDS) as raw,
        context.wrap_socket(raw, server_hostname=HOST) as connection,
    ):
        try:
            connection.sendall(data)
            while part := connection.recv(65536):
                answer += part
        except OSError:
            pass  # Cut off, or left open.
    return answer


def wrong(row: Row, answer: bytes, back: Behind) -> str | None:
    """Return what is wrong; None if all is well."""
    expected: Row = {"status": 200} if row["name"] in TIDIED else row["expect"]
    status = int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0
    if expected.get("status") != 200:
        if back.seen:
            return "it reached the upstream"
        return "it succeeded" if 200 <= status < 300 else None
    if status == 200:
        [seen] = back.seen
        if seen.headers.get("x-user-id") != "user-1" or "authorization" in seen.headers:
            return "the upstream does not learn who calls, or learns the token"
        for name, value in expected.get("upstream", {}).items():
            meant = SECRET if value == "{secret}" else value
            if name not in _CLOUDFLARES and not name.startswith("cf-") and seen.headers.get(name) != meant:
                return f"the upstream gets {name}: {seen.headers.get(name)}"
        return None
    return None if 400 <= status < 500 and not back.seen else f"the answer is {status}"


def test_no_hostile_request_reaches_the_upstream(edge: Edge, back: Behind) -> None:
    deploy(edge, back, RATE_LIMIT_PLANS=PLANS, RATE_LIMIT_UNAVAILABLE=OPEN)
    token = back.token()
    assert edge.get(f"https://{HOST}/v1", headers={"authorization": f"Bearer {token}"}).status_code == 200
    found = {}
    for row in SENT:
        back.seen.clear()
        what = wrong(row, send(edge, request(row, token)), back)
        if what is not None:
            found[row["name"]] = what
    assert len(SENT) > 150
    assert found == {}
    assert set(TIDIED) <= {row["name"] for row in SENT}
