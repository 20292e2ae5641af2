"""The forward proxy. Prevents: an official plugin that leaves the sandbox and reaches the vendor's real API."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.cloud.proxy import prefix, rewritten
from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import ORGANIZATION, Neon


@pytest.fixture
def healthy(neon: Neon) -> Iterator[Neon]:
    """A Neon in which a test may order faults."""
    yield neon
    neon.context.faults.remove()


def address(neon: Neon) -> dict[str, Any]:
    """Return the proxy and the authority for a client, as for an official plugin."""
    trust = ssl.create_default_context(cafile=neon.context.home.authority_dir / "ca.pem")
    proxy = f"http://127.0.0.1:{neon.context.home.ports.proxy}"
    return {"proxy": proxy, "verify": trust, "trust_env": False, "timeout": 60}


@pytest.fixture
def through(neon: Neon) -> httpx.Client:
    """Return a client that uses the proxy."""
    return httpx.Client(**address(neon))


def test_neons_own_address_leads_to_the_sandbox(neon: Neon, project: Document, through: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {neon.context.home.credentials.neon_api_key}"}
    with through:
        for _ in range(2):  # the second call needs a tunnel of its own
            url = f"https://console.neon.tech/api/v2/projects?org_id={ORGANIZATION}"
            answer = through.get(url, headers=headers)
            assert answer.json()["projects"][0]["id"] == project["project"]["id"]
        body = {"project": {"name": "through the proxy"}}
        path = f"https://console.neon.tech/api/v2/projects/{project['project']['id']}"
        assert through.patch(path, headers=headers, json=body).json()["project"]["name"] == "through the proxy"


def test_the_serverless_drivers_address_leads_to_the_database(
    neon: Neon, project: Document, through: httpx.Client
) -> None:
    headers = {"Neon-Connection-String": project["connection_uris"][0]["connection_uri"]}
    with through:
        answer = through.post(
            "https://api.eu-central-1.aws.neon.tech/sql", headers=headers, json={"query": "select 1 as a"}
        )
    assert answer.json()["rows"] == [{"a": 1}]
    assert neon.context


@pytest.mark.parametrize("rule", [{"action": "reset"}, {"action": "timeout_after", "seconds": 0.05}])
def test_a_connection_that_a_fault_breaks_is_broken_for_the_client_too(healthy: Neon, rule: Document) -> None:
    healthy.context.faults.add({"match": {"path": "^/neon/"}, "count": 1} | rule)
    url = f"https://console.neon.tech/api/v2/projects?org_id={ORGANIZATION}"
    headers = {"Authorization": f"Bearer {healthy.context.home.credentials.neon_api_key}"}

    async def broken_and_mended() -> None:
        # Not the blocking client: older ssl modules report an end to it, not a reset (python/cpython#115627).
        async with httpx.AsyncClient(**address(healthy)) as through:
            with pytest.raises(httpx.ReadError):
                await through.get(url, headers=headers)
            assert (await through.get(url, headers=headers)).status_code == 200

    asyncio.run(broken_and_mended())


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "https://api.neon.tech.evil.com/",
        "https://console.neon.tech:8443/",
        "https://127.0.0.1/",
    ],
)
def test_foreign_hosts_are_refused_with_the_list_of_those_that_are_served(through: httpx.Client, url: str) -> None:
    with through, pytest.raises(httpx.ProxyError, match="403 Forbidden"):
        through.get(url)


def test_the_refusal_says_which_hosts_are_served(neon: Neon) -> None:
    with socket.create_connection(("127.0.0.1", neon.context.home.ports.proxy), timeout=20) as raw:
        raw.sendall(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n")
        answer = b""
        while more := raw.recv(4096):
            answer += more
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"The sandbox does not serve example.com:443. Its proxy serves api.cloudflare.com, " in answer


def test_requests_without_a_tunnel_are_refused(through: httpx.Client) -> None:
    with through:
        answer = through.get("http://console.neon.tech/api/v2/projects")
    assert (answer.status_code, answer.text) == (403, "This proxy opens tunnels (CONNECT) only.\n")


def test_a_client_that_does_not_trust_the_authority_gets_nothing(neon: Neon) -> None:
    address = f"http://127.0.0.1:{neon.context.home.ports.proxy}"
    with httpx.Client(proxy=address, trust_env=False) as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
        client.get("https://console.neon.tech/api/v2/projects")


def test_every_vendors_host_has_its_prefix_and_no_other_has_one() -> None:
    assert prefix("api.vercel.com") == "/vercel"
    assert prefix("Console.Neon.Tech.") == prefix("api.eu-central-1.aws.neon.tech") == "/neon"
    assert prefix("api.cloudflare.com") == ""
    assert prefix("api-frameworks.zeit.sh") == "/frameworks"
    assert prefix("dcs.vercel-infra.com") == "/dcs"
    assert prefix("api.x.eu-central-1.aws.neon.tech.evil.com") is prefix("vercel.com") is None


def test_a_host_that_is_served_at_the_root_keeps_its_paths() -> None:
    for target in (b"/", b"/client/v4/user?a=1"):
        assert rewritten(b"GET " + target + b" HTTP/1.1\r\n\r\n", "").startswith(b"GET " + target + b" HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("target", "below"),
    [(b"/", b"/frameworks"), (b"/?a=1", b"/frameworks?a=1"), (b"/v9/x?y=%20", b"/frameworks/v9/x?y=%20")],
)
def test_only_target_and_connection_of_a_request_are_rewritten(target: bytes, below: bytes) -> None:
    head = b"GET " + target + b" HTTP/1.1\r\nHost: a.example\r\nConnection: keep-alive\r\nX-Kept: 1\r\n\r\n"
    expected = b"GET " + below + b" HTTP/1.1\r\nHost: a.example\r\nX-Kept: 1\r\nConnection: close\r\n\r\n"
    assert rewritten(head, "/frameworks") == expected
