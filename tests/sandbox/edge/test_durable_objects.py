"""Durable Objects across Workers. Prevents: a limiter that counts differently on a laptop and in production."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.edge.serving import Edge

HOST = "echome.prductr.com"
LIMITER = """
import { DurableObject } from "cloudflare:workers";
export class UserLimiter extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec("create table if not exists calls (id integer primary key)");
  }
  take() {
    const { sql } = this.ctx.storage;
    if (sql.exec("select count(*) as n from calls").one().n >= 5) return false;
    sql.exec("insert into calls default values");
    return true;
  }
}
export default { fetch() { return new Response("none", { status: 404 }) } };
"""
GATEWAY = """
export default { async fetch(request, env) {
  const user = new URL(request.url).searchParams.get("user") ?? "x";
  return Response.json(await env.LIMITER.getByName(user).take());
} };
"""
BINDING = {
    "type": "durable_object_namespace",
    "name": "LIMITER",
    "class_name": "UserLimiter",
    "script_name": "limiter",
    "namespace_id": "a1",
}


@pytest.fixture
def both(edge: Edge) -> Edge:
    edge.clouds.zone()
    deploy(edge)
    return edge


def deploy(edge: Edge, gateway: str = GATEWAY, limiter: str = LIMITER, namespace: str = "a1") -> None:
    edge.clouds.namespace("limiter", "UserLimiter", namespace)
    edge.clouds.worker("limiter", limiter)
    binding: dict[str, Any] = BINDING | {"namespace_id": namespace}
    edge.clouds.worker("echome", gateway, HOST, (binding,))


def take(edge: Edge, user: str) -> Any:  # noqa: ANN401 -- JSON
    return edge.get(f"https://{HOST}/?user={user}").json()


def test_another_workers_object_admits_exactly_the_allowed_number(both: Edge) -> None:
    with ThreadPoolExecutor(8) as together:
        admitted = list(together.map(lambda _: take(both, "exactly"), range(20)))
    assert admitted.count(True) == 5
    assert take(both, "somebody else") is True


def test_its_rows_survive_uploads_of_both_workers(both: Edge) -> None:
    for _ in range(4):
        assert take(both, "kept") is True
    deploy(both, gateway=f"{GATEWAY}// second")
    assert take(both, "kept") is True
    deploy(both, gateway=f"{GATEWAY}// second", limiter=f"{LIMITER}// second")
    assert take(both, "kept") is False


def test_a_class_that_was_deleted_and_made_anew_begins_empty(both: Edge) -> None:
    while take(both, "anew"):
        pass
    deploy(both, namespace="a2")
    assert take(both, "anew") is True


def test_a_broken_gateway_leaves_the_limiter_alone_and_the_reverse_is_an_error(both: Edge) -> None:
    deploy(both, gateway="this is not JavaScript")
    assert both.get(f"https://{HOST}/").status_code == 500
    both.clouds.worker("limiter", LIMITER, "limiter.prductr.com")
    assert both.get("https://limiter.prductr.com/").status_code == 404
    deploy(both, limiter="this is not JavaScript")
    assert both.get(f"https://{HOST}/").status_code == 500
    deploy(both)
    assert both.get(f"https://{HOST}/?user=mended").json() is True


def test_a_binding_to_a_deleted_class_is_an_error_of_its_worker(both: Edge) -> None:
    both.clouds.store.delete("cloudflare.durable_object_namespaces", "a1")
    assert both.get(f"https://{HOST}/").status_code == 500
