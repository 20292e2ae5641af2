"""A client's mistake is a client's error: no body of the wrong shape may end in a 500, which providers retry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud

ODD: tuple[Any, ...] = (None, 0, -1, 1.5, True, "", "x" * 300, "a/b c", [], ["a"], [1], [{}], {}, {"a": 1}, [None])
REDIRECT = {
    "action": "redirect",
    "expression": "true",
    "action_parameters": {"from_value": {"status_code": 308, "target_url": {"value": "https://prductr.com"}}},
}
RATE = {"characteristics": ["cf.colo.id"], "period": 60, "requests_per_period": 1}
CLOUDFLARE: dict[str, dict[str, Any]] = {
    f"POST /zones/{ZONE}/dns_records": {
        "type": "A", "name": "a", "content": "192.0.2.1", "ttl": 1, "proxied": False, "comment": "", "tags": [],
        "settings": {}, "priority": 1, "data": {},
    },
    f"PATCH /zones/{ZONE}/settings/ssl": {"value": "full"},
    f"PATCH /zones/{ZONE}/settings": {"items": [{"id": "ssl", "value": "full"}]},
    f"POST /zones/{ZONE}/rulesets": {
        "name": "n", "kind": "zone", "phase": "http_request_dynamic_redirect", "description": "", "rules": [REDIRECT],
    },
    f"PUT /zones/{ZONE}/rulesets/phases/http_request_dynamic_redirect/entrypoint": {"name": "", "rules": [REDIRECT]},
    f"PUT /zones/{ZONE}/rulesets/phases/http_ratelimit/entrypoint": {
        "rules": [{"action": "block", "expression": "true", "ratelimit": RATE}],
    },
    f"PUT /accounts/{ACCOUNT}/workers/domains": {
        "hostname": "e.prductr.com", "service": "echome", "zone_id": ZONE, "override_existing_origin": False,
    },
    f"POST /zones/{ZONE}/workers/routes": {"pattern": "prductr.com/*", "script": "echome"},
    f"POST /accounts/{ACCOUNT}/workers/scripts/echome/subdomain": {"enabled": True, "previews_enabled": True},
    f"POST /accounts/{ACCOUNT}/workers/scripts/echome/deployments": {
        "strategy": "percentage", "versions": [{"version_id": "x", "percentage": 100}],
        "annotations": {"workers/message": "m"},
    },
    f"POST /accounts/{ACCOUNT}/rum/site_info": {"host": "prductr.com", "zone_tag": ZONE, "auto_install": False},
}  # fmt: skip
METADATA = {
    "main_module": "main.js", "compatibility_date": "2026-01-01", "compatibility_flags": [], "keep_bindings": [],
    "bindings": [
        {"type": "plain_text", "name": "A", "text": ""}, {"type": "service", "name": "B", "service": "echome"},
        {"type": "ratelimit", "name": "C", "namespace_id": "1", "simple": {"limit": 1, "period": 10}},
        {"type": "kv_namespace", "name": "D", "namespace_id": "x"},
    ],
    "limits": {}, "tags": [], "logpush": False, "tail_consumers": [{"service": "echome"}],
    "annotations": {"workers/message": "m", "workers/tag": "t"}, "assets": {},
}  # fmt: skip
VERCEL: dict[str, dict[str, Any]] = {
    "POST /v10/projects": {
        "name": "fresh", "framework": "nextjs", "gitRepository": {"type": "github", "repo": "a/b"},
        "environmentVariables": [{"key": "A", "value": "", "type": "plain", "target": ["production"]}],
        "resourceConfig": {"functionDefaultRegions": ["iad1"]}, "nodeVersion": "22.x", "rootDirectory": None,
        "ssoProtection": {"deploymentType": "all"}, "passwordProtection": {"password": "x"}, "oidcTokenConfig": {},
    },
    "PATCH /v9/projects/prductr-com/branch": {"branch": "main"},
    "POST /v9/projects/prductr-com/link": {"type": "github", "repo": "a/b"},
    "POST /v10/projects/prductr-com/domains": {
        "name": "x.prductr.com", "redirect": "prductr-com.vercel.app", "redirectStatusCode": 308, "gitBranch": "next",
    },
    "POST /v10/projects/prductr-com/env": {
        "key": "A", "value": "", "type": "plain", "target": ["production"], "gitBranch": "b", "comment": "",
        "customEnvironmentIds": [],
    },
    "POST /v13/deployments": {
        "name": "prductr-com", "project": "prductr-com", "target": "production", "meta": {"a": "b"}, "env": {},
        "gitSource": {"type": "github", "ref": "main"}, "deploymentId": "dpl_x",
    },
}  # fmt: skip


def mutations(value: Any) -> Iterator[Any]:  # noqa: ANN401 -- JSON
    """Yield the value with each part of it, at any depth, replaced by each odd value."""
    yield from ODD
    if isinstance(value, dict):
        for key in value:
            yield from ({**value, key: changed} for changed in mutations(value[key]))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from ([*value[:index], changed, *value[index + 1 :]] for changed in mutations(item))


@pytest.fixture
def furnished(cloud: Cloud) -> Cloud:
    """Create a Worker and a project, so that calls pass the first check."""
    upload(cloud, METADATA)
    body = {"name": "prductr-com", "gitRepository": {"type": "github", "repo": "a/b"}}
    cloud.vercel.post("/v10/projects", json=body).raise_for_status()
    return cloud


def upload(cloud: Cloud, metadata: Any) -> httpx.Response:  # noqa: ANN401 -- JSON
    module = ("main.js", "x", "application/javascript+module")
    files = [("main.js", module), ("metadata", (None, json.dumps(metadata), "application/json"))]
    return cloud.cloudflare.put(f"/accounts/{ACCOUNT}/workers/scripts/echome", files=files)


@pytest.mark.parametrize("call", CLOUDFLARE)
def test_no_body_makes_cloudflare_fail(furnished: Cloud, call: str) -> None:
    assert broken(furnished.cloudflare, call, CLOUDFLARE[call]) == []


@pytest.mark.parametrize("call", VERCEL)
def test_no_body_makes_vercel_fail(furnished: Cloud, call: str) -> None:
    assert broken(furnished.vercel, call, VERCEL[call]) == []


def test_no_metadata_makes_an_upload_fail(furnished: Cloud) -> None:
    tried = list(mutations(METADATA))
    failed = [metadata for metadata in tried if upload(furnished, metadata).status_code >= 500]
    assert len(tried) > 50
    assert failed == []


def broken(client: httpx.Client, call: str, body: dict[str, Any]) -> list[Any]:
    """Return the bodies for which the cloud itself failed, or whose response is not one of the vendor's."""
    method, path = call.split()
    tried = list(mutations(body))
    assert len(tried) > len(ODD)
    failed = []
    for wrong in tried:
        response = client.request(method, path, json=wrong)
        if response.status_code >= 500 or not isinstance(response.json(), dict):
            failed.append(wrong)
    return failed
