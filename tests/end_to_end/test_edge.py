"""The Workers and the rules in front of the API, declared, changed and made under faults.

Prevents: a second deployment that fails on the first one's migration, a conflict between two modes of a host, and a
launch that cannot continue after a vendor failed in the middle.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.end_to_end.lost_answers import admin
from tests.end_to_end.world import Launch

LIMITER = "limiter-script"
CONDUCTOR = "conductor.prductr.com"
MADE = ("::limiter", "::upkeep", "::shield")
"""Components; the gateway depends on the limiter, and is removed with it."""


def account(launched: Launch) -> str:
    found: str = launched.cloudflare("GET", "/zones?name=prductr.com")[0]["account"]["id"]
    return f"/accounts/{found}/workers"


def tag(launched: Launch) -> str:
    """Return the tag of the limiter's last migration at Cloudflare."""
    scripts: list[dict[str, Any]] = launched.cloudflare("GET", f"{account(launched)}/scripts")
    return str(next(script["migration_tag"] for script in scripts if script["id"] == "limiter"))


def ask(launched: Launch, host: str, path: str = "/") -> httpx.Response:
    """Send a request like a browser on this machine, which counts as https."""
    url = f"http://{host}.localhost:{launched.home.ports.edge_http}{path}"
    with httpx.Client(transport=httpx.HTTPTransport(), timeout=30) as client:
        return client.get(url.replace(f"{host}.localhost", "127.0.0.1"), headers={"host": f"{host}.localhost"})


def test_two_deployments_after_the_first_send_no_migration_again(launched: Launch, tmp_path: Path) -> None:
    launched.pulumi("preview", "--expect-no-changes")
    for milliseconds in (50, 60):
        settings = launched.settings(tmp_path, **{"prductr:workerCpuMilliseconds": milliseconds})
        done = launched.pulumi("up", "--yes", "--skip-preview", "--config-file", settings)
        assert f"{LIMITER} updated" in done.stdout, done.stdout
        assert tag(launched) == "v1"
        launched.pulumi("preview", "--expect-no-changes", "--config-file", settings)
    assert ask(launched, "echome.prductr.com", "/health?deep").json()["checks"]["limiter"] == "ok"


def test_a_limiter_uploaded_by_hand_is_repaired(launched: Launch) -> None:
    before = launched.outputs()["limiter"]["modified_on"]
    code = "export class UserLimiter {}; export default {};"
    metadata = '{"main_module": "index.js", "compatibility_date": "2026-07-01", "bindings": []}'
    files: dict[str, tuple[str | None, str, str]] = {
        "index.js": ("index.js", code, "application/javascript+module"),
        "metadata": (None, metadata, "application/json"),
    }
    token = launched.home.credentials.cloudflare_api_token
    url = f"http://127.0.0.1:{launched.home.ports.cloud}/client/v4{account(launched)}/scripts/limiter"
    httpx.put(url, files=files, headers={"Authorization": f"Bearer {token}"}, trust_env=False).raise_for_status()
    launched.pulumi("up", "--yes", "--skip-preview", "--refresh")
    assert launched.outputs()["limiter"]["modified_on"] > before
    assert ask(launched, "echome.prductr.com", "/health?deep").json()["checks"]["limiter"] == "ok"
    launched.pulumi("preview", "--expect-no-changes")
    launched.settle()


def test_each_change_of_the_conductor_host_is_one_update_without_a_conflict(launched: Launch, tmp_path: Path) -> None:
    # Each of the three modes follows each of the others once.
    for mode in ("alias", "absent", "reserved", "absent", "alias", "reserved"):
        settings = launched.settings(tmp_path, **{"prductr:conductor": mode})
        launched.pulumi("up", "--yes", "--skip-preview", "--config-file", settings)
        answer = ask(launched, CONDUCTOR, "/a?b=c")
        match mode:
            case "reserved":
                assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
            case "alias":
                assert answer.status_code == 308
                assert answer.headers["location"].endswith("/a?b=c")
                assert "dashboard.prductr.com" in answer.headers["location"]
            case "absent":
                assert answer.status_code == 421
        domains = launched.cloudflare("GET", f"{account(launched)}/domains?hostname={CONDUCTOR}")
        assert len(domains) == (mode != "absent")
        assert ((CONDUCTOR, "AAAA") in launched.records()) == (mode != "absent")
    launched.pulumi("preview", "--expect-no-changes")
    launched.settle()


def test_the_analytics_history_is_lost_only_by_a_confirmed_rotation_done_in_order_and_proved(
    launched: Launch,
) -> None:
    before = launched.outputs()["analytics"]
    (urn,) = (each for each in launched.resources() if each.endswith("::analytics-site"))
    for words in (("up", "--replace", urn), ("destroy", "--target-dependents", "--target", urn)):
        refused = launched.pulumi(*words, "--yes", "--skip-preview", code=None)
        assert refused.returncode != 0
        assert "protect" in refused.stdout + refused.stderr
    message = launched.launch("analytics", "rotate", code=1).stderr
    assert "nothing was changed" in message
    assert f"go with the site {before['site_tag']}" in message
    assert launched.outputs()["analytics"] == before

    admin(launched, "GET", "requests?clear")
    report = json.loads(launched.launch("analytics", "rotate", "--yes", "--json").stdout)
    after = launched.outputs()["analytics"]
    assert after["token"] == report["token"] != before["token"]
    assert report["lost_site"] == before["site_tag"]
    assert {check["check"]: check["verdict"] for check in report["checks"]} == dict.fromkeys(
        ("is new", "serves it", "is gone"), "passed"
    )
    changes = [f"{each['method']} {each['path']}" for each in admin(launched, "GET", "requests")["requests"]]
    order = [
        next(place for place, each in enumerate(changes) if each.startswith(method) and part in each)
        for method, part in (("POST", "/rum/site_info"), ("POST", "/deployments"), ("DELETE", "/rum/site_info/"))
    ]
    assert order == sorted(order), changes
    protected = {each["urn"]: each.get("protect") for each in launched.state()["resources"]}
    assert protected[urn] is True
    launched.pulumi("preview", "--expect-no-changes")
    launched.settle()


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "status", "status": 429, "retry_after": 1},
        {"action": "status", "status": 500},
        {"action": "reset"},
        {"action": "timeout_after", "seconds": 0.2},
    ],
    ids=["429", "500", "reset", "answer lost"],
)
@pytest.mark.timeout(600)
def test_an_update_under_faults_stops_with_a_clear_error_and_the_next_converges(
    launched: Launch, fault: dict[str, Any]
) -> None:
    urns = [resource["urn"] for resource in launched.state()["resources"]]
    targets = [f"--target={urn}" for urn in urns if urn.endswith(MADE)]
    assert len(targets) == len(MADE)
    launched.pulumi("destroy", "--yes", "--skip-preview", "--target-dependents", *targets)
    for path in ("/workers/scripts/(limiter|echome|upkeep)$", "/schedules$", "/workers/domains$"):
        launched.fault(match={"method": "PUT", "path": path}, count=3, **fault)
    launched.fault(match={"method": "POST", "path": "/rulesets$"}, count=3, **fault)
    for _ in range(6):
        done = launched.pulumi("up", "--yes", "--skip-preview", code=None)
        output = done.stdout + done.stderr
        assert "Traceback" not in output, output
        if done.returncode == 0:
            break
        assert "error: " in output, output
    else:
        pytest.fail(f"no update went through:\n{output}")
    launched.mend()
    scripts = [script["id"] for script in launched.cloudflare("GET", f"{account(launched)}/scripts")]
    assert sorted(scripts) == ["conductor", "echome", "limiter", "upkeep"]
    namespaces = launched.cloudflare("GET", f"{account(launched)}/durable_objects/namespaces")
    assert [one["class"] for one in namespaces] == ["UserLimiter"]
    assert len(launched.cloudflare("GET", f"{account(launched)}/scripts/upkeep/schedules")["schedules"]) == 1
    rulesets = launched.cloudflare("GET", f"/zones/{launched.zone()}/rulesets")
    assert sorted(one["phase"] for one in rulesets) == ["http_ratelimit", "http_request_dynamic_redirect"]
    assert len(launched.cloudflare("GET", f"{account(launched)}/domains?hostname=echome.prductr.com")) == 1
    assert ask(launched, "echome.prductr.com", "/health?deep").json()["checks"]["limiter"] == "ok"
    launched.pulumi("up", "--yes", "--skip-preview", "--refresh")
    launched.pulumi("preview", "--expect-no-changes")
    launched.settle()
