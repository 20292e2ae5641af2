"""The gateway at the edge, called from outside. Prevents: one that works only in a runtime without an internet."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from sandbox.cloud.neon.auth import instances
from tests.sandbox.edge.gateway import EVENTS, HOST, MOST_EVENTS, SECRET, Behind, behind, deploy
from tests.sandbox.edge.serving import Edge

URL = f"https://{HOST}/v1/agents?a=1"
REVIEW = "ep-review-1.neonauth.eu-central-1.aws.neon.build"
ADA = {"email": "ada@example.com", "password": "correct horse", "name": "Ada"}


@pytest.fixture(scope="module")
def module_back() -> Iterator[Behind]:
    with behind() as back:
        yield back


@pytest.fixture
def back(module_back: Behind) -> Behind:
    module_back.seen.clear()
    return module_back


def ask(edge: Edge, token: str | None, **headers: str) -> httpx.Response:
    authorization = {"authorization": f"Bearer {token}"} if token else {}
    return edge.get(URL, headers=authorization | headers)


def test_a_visitor_without_a_token_is_challenged_and_reaches_nothing(edge: Edge, back: Behind) -> None:
    deploy(edge, back)
    answer = ask(edge, None, **{"x-user-id": "user-1", "x-prductr-gateway": SECRET})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert answer.headers["www-authenticate"] == 'Bearer realm="echome"'
    assert back.seen == []


def test_a_caller_reaches_the_upstream_as_the_user_of_the_token(edge: Edge, back: Behind) -> None:
    deploy(edge, back)
    answer = ask(edge, back.token("ada", o={"id": "acme"}), **{"x-user-id": "eve", "cookie": "a=b"})
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    [seen] = back.seen
    assert seen.path == "/v1/agents?a=1"
    assert (seen.headers["x-user-id"], seen.headers["x-organization-id"]) == ("ada", "acme")
    assert seen.headers["x-prductr-gateway"] == SECRET
    assert seen.headers["x-request-id"] == answer.headers["x-request-id"]
    # Cloudflare identifies the visitor by the connection.
    assert seen.headers["x-forwarded-for"] == "127.0.0.1"
    assert not {"authorization", "cookie"} & set(seen.headers)
    assert answer.headers["ratelimit"].startswith('"user-day";r=99;t=')


def test_of_130_calls_at_once_exactly_100_reach_the_upstream(edge: Edge, back: Behind) -> None:
    deploy(edge, back, RATE_LIMIT_UNAVAILABLE="[]")
    token = back.token("busy")
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: ask(edge, token), range(130)))
    statuses = [answer.status_code for answer in answers]
    assert 503 not in statuses, "the limiter took more than 250 ms: run this test alone"
    assert (statuses.count(200), statuses.count(429)) == (100, 30)
    assert len(back.seen) == 100
    assert ask(edge, back.token("calm")).status_code == 200


def test_deep_health_checks_a_calls_dependencies_through_the_internet(edge: Edge, back: Behind) -> None:
    deploy(edge, back)
    answer = edge.get(f"https://{HOST}/health?deep")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {"upstream": "ok", "keys": "ok", "limiter": "ok"}


def signed_up(edge: Edge, host: str) -> str:
    """Return the token of a user who has just signed up at Neon Auth."""
    base = f"https://{host}/neondb/auth"
    answer = edge.get(f"{base}/sign-up/email", "POST", json.dumps(ADA).encode())
    cookie = answer.headers["set-cookie"].partition(";")[0]
    return str(edge.get(f"{base}/token", headers={"cookie": cookie}).json()["token"])


def test_a_user_of_neon_auth_gets_in_and_one_of_a_review_branch_with_the_same_keys_does_not(
    edge: Edge, back: Behind
) -> None:
    standing = instances.add(edge.clouds.store, instances.STANDING_HOST)
    deploy(edge, back, AUTH_URL=f"https://{instances.STANDING_HOST}/neondb/auth")
    assert ask(edge, signed_up(edge, instances.STANDING_HOST)).status_code == 200
    instances.put(edge.clouds.store, standing | {"host": REVIEW})
    answer = ask(edge, signed_up(edge, REVIEW))
    assert (answer.status_code, answer.json()["code"]) == (401, "token_claims")
    assert len(back.seen) == 1


@contextmanager
def stream(edge: Edge, back: Behind) -> Iterator[httpx.Response]:
    """Yield the upstream's events, as a visitor of the gateway reads them."""
    transport = httpx.HTTPTransport(verify=ssl.create_default_context(cafile=edge.trust))
    url = f"https://127.0.0.1:{edge.home.ports.edge_https}{EVENTS}"
    headers = {"host": HOST, "authorization": f"Bearer {back.token('listener')}"}
    with (
        httpx.Client(transport=transport, trust_env=False, timeout=60) as client,
        client.stream("GET", url, headers=headers, extensions={"sni_hostname": HOST}) as answer,
    ):
        yield answer


def test_server_sent_events_arrive_one_by_one_and_a_visitor_may_leave_early(edge: Edge, back: Behind) -> None:
    deploy(edge, back)
    back.allowed.release()  # the sandbox sends a response's head with the first event
    with stream(edge, back) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["ratelimit"].startswith('"user-day";r=99;t=')
        lines = answer.iter_lines()
        for number in range(3):
            assert (next(lines), next(lines)) == (f"data: {number}", "")
            back.allowed.release()  # the next event is sent only after this one was read
        assert not back.left.is_set()
    back.allowed.release(MOST_EVENTS)  # events after the visitor has left are dropped, and harm nobody
    assert back.left.wait(30)
    assert ask(edge, back.token("listener")).headers["x-ratelimit-remaining"] == "98"


def test_a_websocket_is_refused_with_a_clear_error_and_never_treated_as_a_plain_call(edge: Edge, back: Behind) -> None:
    deploy(edge, back)
    handshake = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = ask(edge, back.token("socket"), **handshake)
    assert answer.status_code == 501
    assert "The sandbox's edge passes no WebSocket on" in answer.text
    assert back.seen == []
    assert ask(edge, back.token("socket")).headers["x-ratelimit-remaining"] == "99", "it was not counted either"
