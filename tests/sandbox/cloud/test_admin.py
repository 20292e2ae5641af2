"""The sandbox's own endpoints are for the sandbox's owner, and reveal nothing that a vendor would keep secret."""

from __future__ import annotations

import logging

import httpx
import pytest

from sandbox.base.home import Home
from sandbox.cloud import scenarios
from sandbox.cloud.app import create_app
from sandbox.state.faults import Faults
from sandbox.state.store import Store
from tests.sandbox.cloud.support import ZONE, Cloud, Running

MARKER = "marker-5f0e2c9d-not-for-anybody"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "faults"),
        ("POST", "faults"),
        ("DELETE", "faults"),
        ("GET", "requests"),
        ("POST", "reset"),
    ],
)
def test_nobody_gets_in_without_the_admin_token(cloud: Cloud, method: str, path: str) -> None:
    wrong = {"authorization": f"Bearer {cloud.home.credentials.cloudflare_api_token}"}
    assert cloud.anonymous.request(method, f"/_sandbox/{path}").status_code == 403
    assert cloud.anonymous.request(method, f"/_sandbox/{path}", headers=wrong).status_code == 403


def test_health_returns_the_stores_version_to_anybody(cloud: Cloud) -> None:
    before = cloud.anonymous.get("/_sandbox/health").json()
    assert before["status"] == "ok"
    cloud.store.put("things", "1", {})
    assert cloud.anonymous.get("/_sandbox/health").json()["version"] > before["version"]


def test_the_recording_contains_calls_but_no_body_header_or_token(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="sandbox.cloud")
    record = {"type": "TXT", "name": "x", "content": MARKER, "ttl": 1}
    cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json=record, params={"q": "1"})
    recording = cloud.admin.get("/_sandbox/requests")
    assert recording.json()["requests"] == [
        {
            "method": "POST",
            "path": f"/client/v4/zones/{ZONE}/dns_records",
            "query": "q=1",
            "status": 200,
            "fault": None,
        }
    ]
    lines = [line.getMessage() for line in caplog.records if line.name == "sandbox.cloud"]
    assert [line.rsplit(" ", 1)[0] for line in lines] == [f"POST /client/v4/zones/{ZONE}/dns_records 200"]
    for secret in (MARKER, cloud.home.credentials.cloudflare_api_token):
        assert secret not in recording.text + "".join(lines)


def test_a_reset_forgets_everything_but_the_scenario(cloud: Cloud) -> None:
    cloud.cloudflare.post(f"/zones/{ZONE}/dns_records", json={"type": "A", "name": "@", "content": "192.0.2.1"})
    cloud.vercel.post("/v10/projects", json={"name": "p"})
    assert cloud.admin.post("/_sandbox/reset", json={"scenario": "empty"}).status_code == 200
    assert cloud.cloudflare.get(f"/zones/{ZONE}/dns_records").json()["result"] == []
    assert cloud.vercel.get("/v10/projects").json()["projects"] == []


def test_an_unknown_scenario_is_refused_and_nothing_is_lost(cloud: Cloud) -> None:
    response = cloud.admin.post("/_sandbox/reset", json={"scenario": "../secrets"})
    assert response.status_code == 400
    assert "empty" in response.json()["error"]
    assert cloud.cloudflare.get("/zones").json()["result_info"]["total_count"] == 1


def test_the_available_scenarios_are_listed() -> None:
    assert {"empty", "production"} <= set(scenarios.names())
    for name in scenarios.names():
        assert scenarios.load(name)["cloudflare"]["zones"], name


def test_a_restart_keeps_all_resources(home: Home) -> None:
    token = {"authorization": f"Bearer {home.credentials.cloudflare_api_token}"}
    url = f"http://127.0.0.1:{home.ports.cloud}/client/v4/zones/{ZONE}/dns_records"
    record = {"type": "A", "name": "kept", "content": "192.0.2.1", "ttl": 60}
    first = Store(home.store_path)
    server = Running(create_app(home, first, Faults()), home.ports.cloud)
    made = httpx.post(url, headers=token, json=record).json()["result"]
    server.stop()
    first.close()
    second = Store(home.store_path)
    server = Running(create_app(home, second, Faults()), home.ports.cloud)
    try:
        assert httpx.get(f"{url}/{made['id']}", headers=token).json()["result"] == made
    finally:
        server.stop()
        second.close()
