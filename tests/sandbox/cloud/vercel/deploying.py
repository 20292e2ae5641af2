"""Helpers of the tests of deployments: a project's repository and host, its deployment and its observation."""

from __future__ import annotations

from typing import Any

import httpx

from tests.sandbox.cloud.support import Cloud

SOURCE = {"type": "github", "org": "habitusnet", "repo": "prductr-com", "ref": "main"}
HOST = "dashboard.prductr.com"


def linked(cloud: Cloud, name: str) -> str:
    """Return the id of a new project that is linked to the repository."""
    body = {"name": name, "gitRepository": {"type": "github", "repo": "habitusnet/prductr-com"}}
    id_: str = cloud.vercel.post("/v10/projects", json=body).json()["id"]
    return id_


def create(cloud: Cloud, project: str, /, **more: object) -> httpx.Response:
    body = {"name": project, "project": project, "target": "production", "gitSource": SOURCE, "projectSettings": {}}
    query = {"skipAutoDetectionConfirmation": "1"}
    return cloud.vercel.post("/v12/now/deployments", json={**body, **more}, params=query)


def deployed(cloud: Cloud, project: str, **more: object) -> dict[str, Any]:
    response = create(cloud, project, **more)
    assert response.status_code == 200, response.text
    return watched(cloud, response.json()["id"])


def watched(cloud: Cloud, id_: str) -> dict[str, Any]:
    for _ in range(2):
        deployment: dict[str, Any] = cloud.vercel.get(f"/v13/deployments/{id_}").json()
    return deployment


def read(cloud: Cloud, project: str) -> dict[str, Any]:
    shown: dict[str, Any] = cloud.vercel.get(f"/v10/projects/{project}").json()
    return shown


def current(cloud: Cloud, project: str) -> str | None:
    id_: str | None = read(cloud, project)["targets"].get("production", {}).get("id")
    return id_


def set_variable(cloud: Cloud, project: str, value: str, **more: object) -> None:
    body = {"key": "FLAG", "value": value, "type": "sensitive", "target": ["production"], **more}
    response = cloud.vercel.post(f"/v10/projects/{project}/env", json=body, params={"upsert": "true"})
    assert response.status_code == 201, response.text
