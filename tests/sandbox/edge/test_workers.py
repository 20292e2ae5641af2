"""Workers in workerd. Prevents: a Worker whose tests never run the uploaded script."""

from __future__ import annotations

import http.server
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.edge.runtime.leftovers import PACKAGE, _processes
from tests.sandbox.edge.clouds import ECHOME
from tests.sandbox.edge.serving import Edge

HOST = "echome.prductr.com"
PATIENCE_SECONDS = 60


@pytest.fixture(autouse=True)
def _launched(edge: Edge) -> None:
    edge.clouds.launch()


def deploy(edge: Edge, body: str, *bindings: dict[str, object]) -> None:
    """Upload a Worker whose fetch handler has this body."""
    edge.clouds.worker("echome", f"export default {{ async fetch(request, env) {{ {body} }} }};", HOST, bindings)


def group(edge: Edge) -> list[int]:
    """Return the processes of the runtime."""
    number = int((edge.home.run / "workers.group").read_text())
    return [pid for pid, its_group, command in _processes() if its_group == number and str(PACKAGE) in command]


def test_a_workers_log_lines_do_not_come_between_the_runtime_and_the_edge(edge: Edge) -> None:
    line = '{"id": 1, "states": {}, "groups": []}'
    for number in range(3):
        deploy(edge, f"console.log('{line}'); console.error('{line}'); return new Response('{number}')")
        assert [edge.get(f"https://{HOST}/").text for _ in range(3)] == [str(number)] * 3


def test_the_uploaded_script_answers_with_its_bindings(edge: Edge) -> None:
    answer = edge.get(f"https://{HOST}/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "greeting": "hello"})
    assert (answer.headers["server"], "cf-ray" in answer.headers) == ("cloudflare", True)
    assert edge.get(f"https://{HOST}/other").status_code == 404


def test_each_host_has_its_own_worker(edge: Edge) -> None:
    answer = edge.get("https://conductor.prductr.com/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "86400")


def test_an_upload_is_live_with_the_next_request(edge: Edge) -> None:
    for number in range(3):
        deploy(edge, f"return new Response('{number}')")
        assert edge.get(f"https://{HOST}/").text == str(number)


def test_every_simulated_binding_arrives(edge: Edge) -> None:
    deploy(
        edge,
        "await env.STORE.put('a', 'kept');"
        "return Response.json([env.TEXT, env.SECRET, env.JSON.a, env.WORD, await env.STORE.get('a'),"
        " (await env.LIMIT.limit({ key: 'k' })).success, (await env.LIMIT.limit({ key: 'k' })).success,"
        " await (await env.OTHER.fetch('https://other/')).text()])",
        {"type": "plain_text", "name": "TEXT", "text": "plain"},
        {"type": "secret_text", "name": "SECRET", "text": "hidden"},
        {"type": "json", "name": "JSON", "json": '{"a": 1}'},
        {"type": "json", "name": "WORD", "json": "no JSON"},
        {"type": "kv_namespace", "name": "STORE", "namespace_id": "f" * 32},
        {"type": "ratelimit", "name": "LIMIT", "namespace_id": "1001", "simple": {"limit": 1, "period": 60}},
        {"type": "service", "name": "OTHER", "service": "conductor"},
    )
    assert edge.get(f"https://{HOST}/").json() == ["plain", "hidden", 1, "no JSON", "kept", True, False, "Coming soon"]


def test_a_durable_object_counts_and_survives_an_upload(edge: Edge) -> None:
    code = """
    import { DurableObject } from "cloudflare:workers";
    export class Counter extends DurableObject {
      async add() {
        const total = ((await this.ctx.storage.get("total")) ?? 0) + 1;
        await this.ctx.storage.put("total", total);
        return total;
      }
    }
    export default { async fetch(request, env) {
      return Response.json(await env.COUNTER.get(env.COUNTER.idFromName("x")).add());
    } };
    """
    edge.clouds.namespace("echome", "Counter", "a1")
    binding = {"type": "durable_object_namespace", "name": "COUNTER", "class_name": "Counter", "namespace_id": "a1"}
    for total, version in enumerate((code, code, f"{code}\n// another version"), start=1):
        edge.clouds.worker("echome", version, HOST, (binding,))
        assert edge.get(f"https://{HOST}/").json() == total


def test_a_workers_log_lines_disturb_nobody(edge: Edge) -> None:
    for version in range(3):
        logged = "for (const say of ['log', 'info', 'warn', 'error']) console[say](JSON.stringify({ id: 1 }));"
        deploy(edge, f"{logged} return new Response('{version}')")
        assert edge.get(f"https://{HOST}/").text == str(version)


@pytest.mark.parametrize("body", ["throw new Error('defect');", "return 'not a response';"])
def test_an_exception_is_cloudflares_error_1101(edge: Edge, body: str) -> None:
    deploy(edge, body)
    answer = edge.get(f"https://{HOST}/")
    assert (answer.status_code, "1101" in answer.text, "defect" in answer.text) == (500, True, False)


def test_a_broken_or_unsimulated_script_harms_no_other(edge: Edge) -> None:
    deploy(edge, "this is not JavaScript")
    assert edge.get(f"https://{HOST}/").status_code == 500
    assert edge.get("https://conductor.prductr.com/").status_code == 503
    deploy(edge, "return new Response('x')", {"type": "d1", "name": "DB", "id": "x"})
    assert edge.get(f"https://{HOST}/").status_code == 500
    edge.clouds.worker("echome", ECHOME, HOST)
    assert edge.get(f"https://{HOST}/health").status_code == 200


def test_method_body_and_status_pass_through(edge: Edge) -> None:
    deploy(edge, "return new Response(request.method + await request.text(), { status: 418 })")
    answer = edge.get(f"https://{HOST}/", method="POST", content="ä".encode())
    assert (answer.status_code, answer.text) == (418, "POSTä")


def test_the_worker_sees_the_visitors_url_and_cloudflares_headers(edge: Edge) -> None:
    deploy(edge, "return Response.json([request.url, request.headers.get('cf-ray') !== null, request.cf.colo])")
    assert edge.get(f"https://{HOST}/a%20b?x=1").json() == [f"https://{HOST}/a%20b?x=1", True, "FRA"]


@contextmanager
def upstream() -> Iterator[int]:
    """A service on this machine that echoes the path."""

    class Echo(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_workers_own_requests_reach_this_machine_and_the_edges_hosts_only(edge: Edge) -> None:
    deploy(
        edge,
        "const answer = await fetch(new URL(request.url).searchParams.get('to'));"
        "return new Response(answer.status + ' ' + (await answer.text()).slice(0, 40))",
    )
    with upstream() as port:
        assert edge.get(f"https://{HOST}/?to=http://127.0.0.1:{port}/up").text == "200 /up"
    assert edge.get(f"https://{HOST}/?to=https://prductr.com/").text.startswith("200 <!DOCTYPE html>")
    assert edge.get(f"https://{HOST}/?to=https://example.com/").text == "530 error code: 1016"
    assert edge.get(f"https://{HOST}/?to=http://127.0.0.1:{port}/up").text == "521 error code: 521"


def test_a_route_runs_its_worker_before_the_origin(edge: Edge) -> None:
    assert edge.get("https://www.prductr.com/api/x").status_code == 308
    edge.clouds.redirect("other.prductr.com", "prductr.com")
    route = {"id": "route", "_zone_id": "zone-of-prductr", "pattern": "www.prductr.com/api/*", "script": "conductor"}
    edge.clouds.store.put("cloudflare.workers_routes", "route", route)
    assert edge.get("https://www.prductr.com/api/x").status_code == 503
    assert edge.get("https://www.prductr.com/").status_code == 522


def test_killed_processes_are_replaced_with_the_next_request(edge: Edge) -> None:
    assert edge.get(f"https://{HOST}/health").status_code == 200
    before = group(edge)
    assert len(before) >= 3  # Node, and workerd for each script
    os.kill(int((edge.home.run / "workers.group").read_text()), signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while edge.get(f"https://{HOST}/health").status_code != 200:
        assert time.monotonic() < deadline
    assert not set(before) & set(group(edge))
