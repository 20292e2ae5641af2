"""An upload that Cloudflare would refuse is refused here. Prevents: mistakes that are first noticed in production."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.cloud.cloudflare.uploading import BINDINGS, CODE, SCRIPTS, result, upload
from tests.sandbox.cloud.support import Cloud, refused


def bound(kind: str, **fields: object) -> dict[str, Any]:
    """Return metadata with one binding."""
    return {"bindings": [{"type": kind, "name": "A", **fields}]}


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ({"main_module": "other.js"}, 10021),
        ({"compatibility_date": "yesterday"}, 10021),
        ({"compatibility_date": "2026-13-01"}, 10021),
        ({"compatibility_date": "20260101"}, 10021),
        ({"compatibility_date": "2026-03-02"}, 10021),
        ({"bindings": [{"type": "plain_text", "name": "A", "text": ""}] * 2}, 10021),
        (bound("plain_txt", text="x"), 10021),
        ({"bindings": [{"name": "A", "text": "x"}]}, 10021),
        (bound("plain_text"), 10021),
        (bound("secret_text", text=None), 10021),
        (bound("json"), 10021),
        (bound("service"), 10021),
        (bound("service", service=""), 10021),
        (bound("service", service="echome", entrypoint="Other"), 10021),
        (bound("durable_object_namespace"), 10021),
        (bound("ratelimit", namespace_id="1", simple={"limit": 1, "period": 7}), 10021),
        (bound("ratelimit", namespace_id="1", simple={"limit": "1", "period": 10}), 10021),
        (bound("wasm_module", part="x"), 10021),
        (bound("assets"), 10021),
        (bound("inherit"), 10021),
        (bound("kv_namespace", namespace_id="f" * 32), 10041),
        (bound("r2_bucket", bucket_name="b"), 10085),
        (bound("d1", id="x"), 10181),
        (bound("queue", queue_name="q"), 11000),
        (bound("hyperdrive", id="x"), 10157),
        (bound("vectorize", index_name="x"), 10159),
        (bound("dispatch_namespace", namespace="x"), 100119),
        (bound("mtls_certificate", certificate_id="x"), 100143),
        (bound("service", service="nobody"), 10143),
        (bound("durable_object_namespace", class_name="C", script_name="nobody"), 10061),
        ({"tail_consumers": [{"service": "nobody"}]}, 10203),
        ({"tail_consumers": [{}]}, 10203),
        ({"assets": {"jwt": "x"}}, 10021),
        ({"annotations": {"workers/tag": "x" * 101}}, 10021),
        ({"annotations": {"workers/tag": 1}}, 6007),
    ],
)
def test_a_wrong_upload_is_refused(cloud: Cloud, metadata: dict[str, Any], code: int) -> None:
    assert refused(upload(cloud, **metadata)) == (400, code)
    assert result(cloud.cloudflare.get(SCRIPTS)) == []


def test_a_refused_upload_leaves_the_worker_as_it_is(cloud: Cloud) -> None:
    upload(cloud)
    before = cloud.cloudflare.get(f"{SCRIPTS}/echome/versions").json()
    assert refused(upload(cloud, **bound("service", service="nobody"))) == (400, 10143)
    assert cloud.cloudflare.get(f"{SCRIPTS}/echome/versions").json() == before


def test_an_upload_without_metadata_or_with_a_bad_name_is_refused(cloud: Cloud) -> None:
    files = {"main.js": ("main.js", CODE, "application/javascript+module")}
    assert refused(cloud.cloudflare.put(f"{SCRIPTS}/echome", files=files)) == (400, 10002)
    assert refused(upload(cloud, name="Bad.Name")) == (400, 10016)


def test_todays_compatibility_date_is_not_in_the_future(cloud: Cloud) -> None:
    assert upload(cloud, compatibility_date="2026-03-01").status_code == 200


def test_bindings_to_existing_resources_are_accepted(cloud: Cloud) -> None:
    upload(cloud, name="other")
    limit = {"type": "ratelimit", "name": "L", "namespace_id": "1", "simple": {"limit": 5, "period": 60}}
    bindings = [
        *BINDINGS,
        limit,
        {"type": "json", "name": "J", "json": None},
        {"type": "service", "name": "OTHER", "service": "other"},
        {"type": "service", "name": "SELF", "service": "echome"},
    ]
    wanted: dict[str, Any] = {"bindings": bindings, "tail_consumers": [{"service": "other"}, {"service": "echome"}]}
    assert upload(cloud, **wanted).status_code == 200
    settings = result(cloud.cloudflare.get(f"{SCRIPTS}/echome/settings"))
    assert settings["tail_consumers"] == wanted["tail_consumers"]
    assert [binding["name"] for binding in settings["bindings"]] == ["HOST", "S", "L", "J", "OTHER", "SELF"]


def test_secrets_are_listed_by_name_alone(cloud: Cloud) -> None:
    upload(cloud)
    secret = {"name": "S", "type": "secret_text"}
    assert result(cloud.cloudflare.get(f"{SCRIPTS}/echome/secrets")) == [secret]
    assert result(cloud.cloudflare.get(f"{SCRIPTS}/echome/secrets/S")) == secret
    assert refused(cloud.cloudflare.get(f"{SCRIPTS}/echome/secrets/HOST")) == (404, 10056)
    assert refused(cloud.cloudflare.get(f"{SCRIPTS}/nobody/secrets")) == (404, 10007)
    assert refused(cloud.cloudflare.put(f"{SCRIPTS}/echome/secrets", json={})) == (400, 10021)
