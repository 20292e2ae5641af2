"""Secrets that nobody can read back. Prevents: an unnoticed change of a value, and a report that reveals one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract.resource_types import DNS_RECORD, VERCEL_VARIABLE, WORKERS_CRON_TRIGGER, WORKERS_SCRIPT
from launch.drift.ending import judged, registration
from launch.drift.kept import changed_at_cloudflare, changed_at_vercel, kept
from launch.report.findings import Verdict
from launch.stack.state import SIGNATURE, State
from tests.launch.strangers.conftest import _running, cloud  # noqa: F401 -- fixtures
from tests.sandbox.cloud.support import ACCOUNT, Cloud
from vendors import Access, Cloudflare, Vercel

VALUE = "correct horse battery staple"


def secret(text: str) -> dict[str, str]:
    return {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(text)}


def resource(own: str, type_: str, modified: datetime, **outputs: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    urn = f"urn:pulumi:dev::p::{type_}::{own}"
    moment = modified.strftime("%Y-%m-%dT%H:%M:%S.%f789Z")
    return {"urn": urn, "type": type_, "id": own, "custom": True, "modified": moment, "outputs": outputs}


def state(*resources: dict[str, Any]) -> State:
    return State({"resources": list(resources)})


def access(cloud: Cloud) -> Access:  # noqa: F811 -- the fixture
    credentials = cloud.home.credentials
    return Access(
        cloudflare_url=f"{cloud.url}/client/v4",
        cloudflare_token=credentials.cloudflare_api_token,
        vercel_url=f"{cloud.url}/vercel",
        vercel_token=credentials.vercel_api_token,
        vercel_team="hhnn",
        neon_key=credentials.neon_api_key,
    )


def test_a_fingerprint_distinguishes_values_and_reveals_none() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    one, same, other = (
        kept(state(resource("key", VERCEL_VARIABLE, now, value=secret(value))))[0]
        for value in (VALUE, VALUE, "another")
    )
    assert one.fingerprint == same.fingerprint != other.fingerprint
    beside = kept(state(resource("second", VERCEL_VARIABLE, now, value=secret(VALUE))))[0]
    assert beside.fingerprint != one.fingerprint, "equal values of two resources must not be seen to be equal"
    assert len(one.fingerprint) == 10
    assert VALUE not in repr(one)
    assert one.age(now + timedelta(days=40)) == "40 days"


def add_variable(cloud: Cloud, path: str, key: str, **more: object) -> str:  # noqa: F811
    """The id of a new one."""
    made = cloud.vercel.post(path, json={"key": key, "value": VALUE, "type": "sensitive", **more}).json()
    return str((made.get("created") or made)["id"])


def test_a_sensitive_variable_that_was_set_after_the_stack_is_named_and_an_untouched_one_is_not(
    cloud: Cloud,  # noqa: F811
) -> None:
    project = cloud.vercel.post("/v11/projects", json={"name": "landing", "framework": "nextjs"}).json()["id"]
    path = f"/v10/projects/{project}/env"
    ids = {key: add_variable(cloud, path, key, target=["production"]) for key in ("TOUCHED", "LEFT")}
    own = state(
        *(
            resource(key, VERCEL_VARIABLE, cloud.clock.now, projectId=project, key=key, sensitive=True) | {"id": id_}
            for key, id_ in ids.items()
        )
    )
    client = Vercel.connect(access(cloud))
    assert list(changed_at_vercel(own, client)) == []
    cloud.clock.advance(3600)
    # As a review stack does, for the previews of its branch.
    add_variable(cloud, path, "LEFT", target=["preview"], gitBranch="feature/x")
    change = {"value": "another"}
    cloud.vercel.patch(f"/v9/projects/{project}/env/{ids['TOUCHED']}", json=change).raise_for_status()
    ((urn, moment),) = changed_at_vercel(own, client)
    assert urn.endswith("::TOUCHED")
    assert moment == cloud.clock.now.replace(microsecond=moment.microsecond)
    client.api.close()


def upload(cloud: Cloud, name: str) -> None:  # noqa: F811
    binding = {"type": "secret_text", "name": "KEY", "text": VALUE}
    files = {
        "metadata": ("metadata", json.dumps({"main_module": "w.mjs", "bindings": [binding]}), "application/json"),
        "w.mjs": ("w.mjs", "export default {fetch: () => new Response('')}", "application/javascript+module"),
    }
    cloud.cloudflare.put(f"/accounts/{ACCOUNT}/workers/scripts/{name}", files=files).raise_for_status()


def test_a_worker_whose_secret_was_set_after_the_stacks_last_change_is_named(cloud: Cloud) -> None:  # noqa: F811
    upload(cloud, "echome")
    own = state(
        resource("echome-script", WORKERS_SCRIPT, cloud.clock.now, scriptName="echome", accountId=ACCOUNT),
        resource("cron", WORKERS_CRON_TRIGGER, cloud.clock.now + timedelta(minutes=4), scriptName="echome"),
    )
    client = Cloudflare.connect(access(cloud))
    assert list(changed_at_cloudflare(own, client)) == []
    cloud.clock.advance(300)
    secrets = f"/accounts/{ACCOUNT}/workers/scripts/echome/secrets"
    change = {"type": "secret_text", "name": "KEY", "text": "another"}
    cloud.cloudflare.put(secrets, json=change).raise_for_status()
    assert list(changed_at_cloudflare(own, client)) == [], "within the stack's own last change"
    cloud.clock.advance(3600)
    cloud.cloudflare.put(secrets, json=change | {"text": "a third"}).raise_for_status()
    ((urn, _),) = changed_at_cloudflare(own, client)
    assert urn.endswith("::echome-script")
    client.api.close()


@pytest.mark.parametrize(
    ("ends", "renews", "verdict"),
    [
        ("2026-06-01T00:00:00Z", False, Verdict.PASSED),
        ("2026-03-20T00:00:00Z", False, Verdict.FAILED),
        ("2026-03-20T00:00:00Z", True, Verdict.PASSED),
        ("2026-03-05T00:00:00Z", True, Verdict.FAILED),
        ("2026-02-01", True, Verdict.FAILED),
        ("", True, Verdict.UNCHECKED),
    ],
)
def test_a_registration_without_automatic_renewal_fails_earlier(ends: str, renews: bool, verdict: Verdict) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    found = judged("prductr.com", ends, renews=renews, now=now)
    assert found.verdict is verdict
    assert bool(found.remedy) == (verdict is Verdict.FAILED)


def test_a_domain_of_another_registrar_is_not_checked_and_does_not_change_the_exit_code(cloud: Cloud) -> None:  # noqa: F811
    own = state(
        resource("dns-apex", DNS_RECORD, cloud.clock.now, name="prductr.com"),
        resource("dns-www", DNS_RECORD, cloud.clock.now, name="www.prductr.com"),
        resource("echome-script", WORKERS_SCRIPT, cloud.clock.now, scriptName="echome", accountId=ACCOUNT),
    )
    client = Cloudflare.connect(access(cloud))
    (found,) = registration(own, client, cloud.clock.now)
    assert (found.subject, found.verdict) == ("prductr.com", Verdict.NOTED)
    assert found.detail.startswith("not checked")
    cloud.store.put(
        "cloudflare.registrations", "prductr.com", {"expires_at": "2026-03-04T00:00:00Z", "auto_renew": False}
    )
    (found,) = registration(own, client, cloud.clock.now)
    assert found.verdict is Verdict.FAILED
    client.api.close()
