"""Uploads of Workers as the provider makes them, their versions and deployments."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.sandbox.cloud.support import ACCOUNT, Cloud

SCRIPTS = f"/accounts/{ACCOUNT}/workers/scripts"
VERSIONS = f"{SCRIPTS}/echome/versions"
DEPLOYMENTS = f"{SCRIPTS}/echome/deployments"
HOST = "echome.prductr.com"
CODE = "export default { fetch() { return new Response('ok') } }\n"
SECRET = "marker-0c1f-secret-of-a-worker"
BINDINGS = [{"type": "plain_text", "name": "HOST", "text": HOST}, {"type": "secret_text", "name": "S", "text": SECRET}]


def form(code: str = CODE, **metadata: Any) -> dict[str, tuple[str | None, str, str]]:  # noqa: ANN401 -- JSON
    """Return the parts of an upload."""
    full = {"main_module": "main.js", "compatibility_date": "2026-01-01", "bindings": BINDINGS, **metadata}
    return {
        "main.js": ("main.js", code, "application/javascript+module"),
        "metadata": (None, json.dumps(full), "application/json"),
    }


def upload(cloud: Cloud, name: str = "echome", code: str = CODE, **metadata: Any) -> httpx.Response:  # noqa: ANN401
    """Upload and deploy."""
    return cloud.cloudflare.put(f"{SCRIPTS}/{name}", files=form(code, **metadata))


def result(response: httpx.Response) -> Any:  # noqa: ANN401 -- JSON
    """Return the contents of the envelope."""
    assert response.status_code == 200, response.text
    return response.json()["result"]


def versions(cloud: Cloud) -> list[dict[str, Any]]:
    """Newest first."""
    listed: list[dict[str, Any]] = result(cloud.cloudflare.get(VERSIONS))["items"]
    return listed


def deployments(cloud: Cloud) -> list[dict[str, Any]]:
    """Newest first."""
    listed: list[dict[str, Any]] = result(cloud.cloudflare.get(DEPLOYMENTS))["deployments"]
    return listed


def deploy(cloud: Cloud, *shares: tuple[object, object], query: str = "", **more: object) -> httpx.Response:
    """Order a deployment of VERSION to PERCENT of the visitors."""
    chosen = [{"version_id": version, "percentage": percentage} for version, percentage in shares]
    body = {"strategy": "percentage", "versions": chosen, **more}
    return cloud.cloudflare.post(f"{DEPLOYMENTS}{query}", json=body)
