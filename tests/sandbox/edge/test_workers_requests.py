"""Requests to and from a Worker. Prevents: a Worker that works here only because of a test client's headers."""

from __future__ import annotations

import json
import re
import socket
import ssl
from typing import Any

import pytest

from tests.sandbox.edge.clouds import DOMAIN
from tests.sandbox.edge.serving import Edge

HOST = "echome.prductr.com"
OTHER = "conductor.prductr.com"
DUMP = "return Response.json({ url: request.url, headers: Object.fromEntries(request.headers), cf: request.cf })"
ADDED = {
    "accept-encoding": "br, gzip",
    "cdn-loop": "cloudflare; loops=1",
    "cf-connecting-ip": "127.0.0.1",
    "cf-ipcountry": "DE",
    "cf-visitor": '{"scheme":"https"}',
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "https",
}
"""Headers that Cloudflare adds to a visitor's request, except the ray, which differs each time."""


@pytest.fixture(autouse=True)
def _launched(edge: Edge) -> None:
    edge.clouds.launch()


def deploy(edge: Edge, body: str, name: str = "echome", host: str | None = HOST, *bindings: dict[str, Any]) -> None:
    """Upload a Worker whose fetch handler has this body."""
    edge.clouds.worker(name, f"export default {{ async fetch(request, env) {{ {body} }} }};", host, bindings)


def dumped(edge: Edge, *lines: str, target: str = "/", method: str = "GET", body: bytes = b"") -> dict[str, Any]:
    """Return the Worker's view of a request with exactly these header lines, without the ray."""
    head = "\r\n".join([f"{method} {target} HTTP/1.1", f"Host: {HOST}", *lines, "", ""])
    context = ssl.create_default_context(cafile=edge.trust)
    with (
        socket.create_connection(("127.0.0.1", edge.home.ports.edge_https), timeout=40) as raw,
        context.wrap_socket(raw, server_hostname=HOST) as connection,
    ):
        connection.sendall(head.encode("latin-1") + body)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    seen: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert re.fullmatch("[0-9a-f]{16}-FRA", seen["headers"].pop("cf-ray"))
    return seen


def test_a_worker_sees_the_visitors_headers_and_cloudflares_and_no_others(edge: Edge) -> None:
    deploy(edge, DUMP)
    seen = dumped(
        edge,
        "User-Agent: visitor/1.0 (test)",
        "Accept: text/html, */*;q=0.5",
        "Accept-Language: de",
        "Cookie: a=1; b=2",
        "Origin: https://prductr.com",
        'X-Quoted: "a\\b"',
        "X-Twice: one",
        "X-Twice: two",
        "Connection: close",
        target="/a%20b?x=1",
    )
    sent = {
        "host": HOST,
        "user-agent": "visitor/1.0 (test)",
        "accept": "text/html, */*;q=0.5",
        "accept-language": "de",
        "cookie": "a=1; b=2",
        "origin": "https://prductr.com",
        "x-quoted": '"a\\b"',
        "x-twice": "one, two",
    }
    assert seen["headers"] == sent | ADDED
    assert seen["url"] == f"https://{HOST}/a%20b?x=1"


def test_a_request_without_headers_gets_none(edge: Edge) -> None:
    deploy(edge, DUMP)
    assert dumped(edge, "Connection: close")["headers"] == {"host": HOST} | ADDED


def test_a_body_comes_with_its_type_and_length(edge: Edge) -> None:
    deploy(edge, DUMP)
    seen = dumped(edge, "Content-Type: text/x", "Content-Length: 3", "Connection: close", method="PUT", body=b"abc")
    assert seen["headers"] == {"host": HOST, "content-type": "text/x", "content-length": "3"} | ADDED


def test_the_visitors_own_encodings_are_passed_beside_the_headers(edge: Edge) -> None:
    deploy(edge, DUMP)
    seen = dumped(edge, "Accept-Encoding: deflate", "Connection: close")
    assert (seen["headers"]["accept-encoding"], seen["cf"]["clientAcceptEncoding"]) == ("br, gzip", "deflate")
    assert "clientAcceptEncoding" not in dumped(edge, "Connection: close")["cf"]


def test_a_visitor_can_name_earlier_proxies_but_not_its_own_address(edge: Edge) -> None:
    deploy(edge, DUMP)
    lines = ("CF-Connecting-IP: 192.0.2.1", "X-Forwarded-For: 192.0.2.2", "CDN-Loop: other, cloudflare; loops=2")
    seen = dumped(edge, *lines, "Connection: close")["headers"]
    assert seen["cf-connecting-ip"] == "127.0.0.1"
    assert seen["x-forwarded-for"] == "192.0.2.2,127.0.0.1"
    assert seen["cdn-loop"] == "other, cloudflare; loops=3"


def test_the_sandboxs_own_header_is_the_visitors_too(edge: Edge) -> None:
    deploy(edge, DUMP)
    seen = dumped(edge, "X-Sandbox-Request: {}", "MF-Original-URL: https://x/", "Connection: close")
    assert (seen["headers"]["x-sandbox-request"], seen["headers"]["mf-original-url"]) == ("{}", "https://x/")
    assert seen["url"] == f"https://{HOST}/"


def test_a_worker_that_another_one_calls_sees_the_request_and_its_sender(edge: Edge) -> None:
    deploy(edge, DUMP, "conductor", OTHER)
    deploy(edge, f"return fetch('https://{OTHER}/x', {{ headers: {{ 'x-own': '1', accept: 'text/plain' }} }})")
    answer = edge.get(f"https://{HOST}/").json()
    answer["headers"].pop("cf-ray")
    caller = {"cf-worker": DOMAIN, "cf-ew-via": "15"}
    assert answer["headers"] == {"host": OTHER, "x-own": "1", "accept": "text/plain"} | caller | ADDED
    assert answer["url"] == f"https://{OTHER}/x"


def test_a_worker_behind_a_service_binding_sees_exactly_the_forwarded_request(edge: Edge) -> None:
    deploy(edge, DUMP, "conductor", OTHER)
    binding = {"type": "service", "name": "OTHER", "service": "conductor"}
    deploy(edge, "return env.OTHER.fetch('https://inside/y', { headers: { 'x-own': '1' } })", "echome", HOST, binding)
    answer = edge.get(f"https://{HOST}/").json()
    assert (answer["url"], answer["headers"]) == ("https://inside/y", {"host": "inside", "x-own": "1"})


COUNT = """
const answer = await ASK;
if (answer.status !== 200) return new Response("1 " + answer.status + " " + (await answer.text()).match(/1019/)?.[0]);
const [calls, ...end] = (await answer.text()).split(" ");
return new Response([Number(calls) + 1, ...end].join(" "));
"""


def test_a_worker_that_calls_its_own_host_is_stopped_at_the_loop_limit(edge: Edge) -> None:
    deploy(edge, COUNT.replace("ASK", "fetch(request)"))
    for _ in range(2):
        assert edge.get(f"https://{HOST}/").text == "16 500 1019"


def test_two_workers_that_call_each_other_are_stopped_at_the_loop_limit(edge: Edge) -> None:
    deploy(edge, COUNT.replace("ASK", f"fetch('https://{OTHER}/')"))
    deploy(edge, COUNT.replace("ASK", f"fetch('https://{HOST}/')"), "conductor", OTHER)
    assert edge.get(f"https://{HOST}/").text == "16 500 1019"


def test_a_loop_through_service_bindings_is_stopped_too(edge: Edge) -> None:
    binding = {"type": "service", "name": "SELF", "service": "echome"}
    deploy(edge, COUNT.replace("ASK", "env.SELF.fetch(request.url)"), "echome", HOST, binding)
    assert edge.get(f"https://{HOST}/").text == "16 500 1019"


def test_after_a_loop_a_worker_has_all_its_calls_again(edge: Edge) -> None:
    deploy(edge, COUNT.replace("ASK", "fetch(request)"))
    assert edge.get(f"https://{HOST}/").text == "16 500 1019"
    deploy(edge, f"return fetch('https://{OTHER}/')")
    assert edge.get(f"https://{HOST}/").status_code == 503


def test_an_invalid_number_of_remaining_calls_is_ignored(edge: Edge) -> None:
    deploy(edge, DUMP)
    for left in ("1", "17", "-1", "x", "9" * 5000):
        assert dumped(edge, f"CF-EW-Via: {left}", "Connection: close")["url"] == f"https://{HOST}/"


def test_a_worker_on_a_route_calls_the_origin_behind_it(edge: Edge) -> None:
    edge.clouds.record("api.prductr.com", "CNAME", "cname.vercel-dns.com", proxied=True)
    edge.clouds.attach("api.prductr.com", "prductr-landing")
    code = "export default { async fetch(request) { const answer = await fetch(request);"
    code += " return new Response('passed: ' + answer.status + ' ' + answer.headers.get('x-vercel-id')) } };"
    edge.clouds.worker("passing", code)
    route = {"id": "route", "_zone_id": "zone-of-prductr", "pattern": "api.prductr.com/*", "script": "passing"}
    edge.clouds.store.put("cloudflare.workers_routes", "route", route)
    assert re.match(r"passed: 200 \S+::", edge.get("https://api.prductr.com/").text)


def test_a_response_that_the_worker_compressed_is_decompressed_for_the_visitor(edge: Edge) -> None:
    deploy(edge, "return new Response('packed', { headers: { 'content-encoding': 'gzip' } })")
    answer = edge.get(f"https://{HOST}/")
    assert (answer.text, answer.headers.get("content-encoding")) == ("packed", None)
