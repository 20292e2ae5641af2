"""The same calls to two sandboxes, one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from tests.sandbox.cloud.support import ACCOUNT, ZONE, Cloud

ORGANIZATION = "org-quiet-harbor-40217733"
_VALUES = {"value"}
"""Fields of Vercel's variables that a twin invents."""


def calls(there: Cloud) -> list[tuple[str, str]]:
    """Return vendor and path of every read call about existing resources."""
    scripts = f"/accounts/{ACCOUNT}/workers"
    zone = f"/zones/{ZONE}"
    found = [
        *(("cloudflare", path) for path in (f"/accounts/{ACCOUNT}", "/accounts", "/zones", zone, f"{zone}/settings")),
        *(("cloudflare", f"{zone}/{part}") for part in ("dns_records", "rulesets", "workers/routes")),
        *(("cloudflare", f"{scripts}/{part}") for part in ("domains", "scripts", "durable_objects/namespaces")),
        ("cloudflare", f"/accounts/{ACCOUNT}/rum/site_info/list"),
        *(
            ("vercel", path)
            for path in ("/v2/user", "/v2/teams/hhnn", "/v9/projects", "/v6/deployments", "/v4/aliases")
        ),
        *(("vercel", path) for path in ("/v5/domains", "/v6/domains/prductr.com/config")),
        *(("neon", path) for path in (f"/organizations/{ORGANIZATION}", f"/projects?org_id={ORGANIZATION}")),
    ]
    for kind in ("rulesets", "dns_records"):
        found += [("cloudflare", f"{zone}/{kind}/{one['id']}") for one in there.store.find(f"cloudflare.{kind}")]
    for one in there.store.find("cloudflare.workers_scripts"):
        script = f"{scripts}/scripts/{one['id']}"
        named = ("settings", "schedules", "subdomain", "versions", "deployments")
        found += [("cloudflare", script), *(("cloudflare", f"{script}/{part}") for part in named)]
        versions = there.cloudflare.get(f"{script}/versions").json()["result"]["items"]
        found += [("cloudflare", f"{script}/versions/{version['id']}") for version in versions]
    for one in there.store.find("vercel.projects"):
        project = f"/v9/projects/{one['id']}"
        found += [("vercel", project + part) for part in ("", "/domains", "/env")]
    found += [("vercel", f"/v13/deployments/{one['id']}") for one in there.store.find("vercel.deployments")]
    for one in there.store.find("neon.projects"):
        project = f"/projects/{one['id']}"
        found += [("neon", project + part) for part in ("", "/branches", "/endpoints")]
        for branch in there.store.find("neon.branches", project_id=one["id"]):
            parts = ("", "/roles", "/databases", "/auth", "/endpoints")
            found += [("neon", f"{project}/branches/{branch['id']}{part}") for part in parts]
    return found


def answer(there: Cloud, vendor: str, path: str) -> tuple[int, object]:
    """Return status and body, without the values that only one sandbox can have."""
    if vendor == "neon":
        headers = {"authorization": f"Bearer {there.home.credentials.neon_api_key}"}
        response = there.anonymous.get(f"/neon/api/v2{path}", headers=headers)
    else:
        client: httpx.Client = getattr(there, vendor)
        response = client.get(path)
    try:
        body: object = response.json()
    except ValueError:
        body = response.text
    return response.status_code, _comparable(body)


def differences(one: Cloud, other: Cloud) -> Iterator[tuple[str, object, object]]:
    """Return the calls whose responses differ, with the first differing parts."""
    for vendor, path in calls(one):
        yield from _different(f"{vendor} {path}", answer(one, vendor, path), answer(other, vendor, path))


def _comparable(body: Any) -> Any:  # noqa: ANN401 -- JSON
    if isinstance(body, list):
        return [_comparable(each) for each in body]
    if not isinstance(body, dict):
        return body
    hidden = _VALUES if {"key", "target", "type"} <= body.keys() else {"request_id"}
    return {key: _comparable(value) for key, value in body.items() if key not in hidden}


def _different(where: str, one: Any, other: Any) -> Iterator[tuple[str, object, object]]:  # noqa: ANN401 -- JSON
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _different(f"{where}.{key}", one.get(key, "absent"), other.get(key, "absent"))
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            yield from _different(f"{where}[{number}]", first, second)
    elif one != other:
        yield where, one, other
