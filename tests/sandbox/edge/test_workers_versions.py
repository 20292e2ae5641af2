"""Visitors get the deployed version. Prevents: a rollback that exists only in the API."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.cloud.app import create_app
from sandbox.cloud.neon.compute import storage
from sandbox.state.faults import Faults
from tests.sandbox.cloud.cloudflare.uploading import VERSIONS, deploy, form, result, upload, versions
from tests.sandbox.cloud.support import ACCOUNT, ZONE, Clock, Cloud, Running
from tests.sandbox.edge.serving import Edge

HOST = "echome.prductr.com"


@pytest.fixture
def cloud(edge: Edge) -> Iterator[Cloud]:
    """The APIs over the store from which the edge serves."""
    store, faults, clock = edge.clouds.store, Faults(), Clock()
    server = Running(create_app(edge.home, store, faults, clock), edge.home.ports.cloud)
    cloud = Cloud(edge.home, store, faults, clock)
    try:
        cloud.admin.post("/_sandbox/reset", json={"scenario": "empty"}).raise_for_status()
        yield cloud
    finally:
        cloud.close()
        server.stop()
        storage.remove(edge.home.path)


def code(number: int) -> str:
    """Return a Worker that reports its version and its bindings."""
    return f"export default {{ fetch: (_, env) => Response.json([{number}, env.S, env.HOST ?? null]) }};"


def bindings(number: int) -> list[dict[str, str]]:
    """Return a secret for each version, and the variable with the first one only."""
    secret = {"type": "secret_text", "name": "S", "text": f"secret {number}"}
    return [secret, {"type": "plain_text", "name": "HOST", "text": HOST}] if number == 1 else [secret]


def seen(edge: Edge) -> object:
    """Return the response to a visitor."""
    answer = edge.get(f"https://{HOST}/")
    assert answer.status_code == 200, answer.text
    return answer.json()


def attached(cloud: Cloud) -> httpx.Response:
    """The Worker's custom domain."""
    wanted = {"hostname": HOST, "service": "echome", "zone_id": ZONE}
    return cloud.cloudflare.put(f"/accounts/{ACCOUNT}/workers/domains", json=wanted)


def test_a_rollback_serves_the_earlier_code_with_its_own_bindings_and_secrets(edge: Edge, cloud: Cloud) -> None:
    for number in (1, 2):
        result(upload(cloud, code=code(number), bindings=bindings(number)))
    result(attached(cloud))
    assert seen(edge) == [2, "secret 2", None]
    second, first = (version["id"] for version in versions(cloud))
    assert deploy(cloud, (first, 100)).status_code == 400
    assert seen(edge) == [2, "secret 2", None]
    result(deploy(cloud, (first, 100), query="?force=true"))
    assert seen(edge) == [1, "secret 1", HOST]
    result(deploy(cloud, (second, 100)))
    assert seen(edge) == [2, "secret 2", None]


def test_an_undeployed_version_is_seen_by_nobody_and_an_upload_after_a_rollback_by_everybody(
    edge: Edge, cloud: Cloud
) -> None:
    result(upload(cloud, code=code(1), bindings=bindings(1)))
    result(attached(cloud))
    made = result(cloud.cloudflare.post(VERSIONS, files=form(code(2), bindings=bindings(2))))
    assert seen(edge) == [1, "secret 1", HOST]
    result(deploy(cloud, (made["id"], 100)))
    assert seen(edge) == [2, "secret 2", None]
    result(deploy(cloud, (versions(cloud)[1]["id"], 100), query="?force=true"))
    assert seen(edge) == [1, "secret 1", HOST]
    result(upload(cloud, code=code(3), bindings=bindings(3)))
    assert seen(edge) == [3, "secret 3", None]
