"""Cron triggers. Prevents: an upkeep that never runs, unnoticed."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox.edge.model.snapshot import Snapshot
from sandbox.edge.schedules import Schedules
from tests.sandbox.edge.serving import Edge

UPKEEP = """
let last = null;
export default {
  async scheduled(controller, env, ctx) {
    if (env.BROKEN) throw new Error("defect");
    ctx.waitUntil(Promise.resolve().then(() => { last = [controller.cron, controller.scheduledTime]; }));
  },
  fetch() { return Response.json(last); },
};
"""
HOST = "upkeep.prductr.com"


def run(edge: Edge, order: object, token: str | None = None) -> httpx.Response:
    headers = {"authorization": f"Bearer {token or edge.home.credentials.admin_token}"}
    return edge.get("http://localhost/_sandbox/scheduled", "POST", json.dumps(order).encode(), headers)


@pytest.fixture
def upkeep(edge: Edge) -> Edge:
    edge.clouds.zone()
    edge.clouds.worker("upkeep", UPKEEP, HOST)
    edge.clouds.trigger("upkeep", "17 * * * *")
    return edge


def test_a_trigger_is_run_on_request_by_the_real_handler(upkeep: Edge) -> None:
    done = run(upkeep, {"script": "upkeep"})
    assert (done.status_code, done.json()["outcome"], done.json()["cron"]) == (200, "ok", "17 * * * *")
    cron, moment = upkeep.get(f"https://{HOST}/").json()
    assert cron == "17 * * * *"
    assert abs(datetime.fromtimestamp(moment / 1000, UTC) - datetime.now(UTC)).total_seconds() < 60
    token = {"authorization": f"Bearer {upkeep.home.credentials.admin_token}"}
    runs = upkeep.get("http://localhost/_sandbox/scheduled", headers=token).json()["runs"]
    assert runs[-1] == done.json()


def test_a_handler_that_throws_is_reported(upkeep: Edge) -> None:
    upkeep.clouds.worker("upkeep", UPKEEP, HOST, ({"type": "plain_text", "name": "BROKEN", "text": "yes"},))
    assert run(upkeep, {"script": "upkeep"}).json()["outcome"] == "exception"


def test_a_missing_script_or_trigger_and_a_wrong_token_are_refused(upkeep: Edge) -> None:
    assert run(upkeep, {"script": "nobody"}).status_code == 404
    assert run(upkeep, {"script": "upkeep", "cron": "0 0 * * *"}).status_code == 404
    assert run(upkeep, {"script": "upkeep"}, "wrong").status_code == 403
    assert run(upkeep, "upkeep").status_code == 400
    upkeep.clouds.trigger("upkeep", "17 * * * *", "0 3 * * *")
    assert run(upkeep, {"script": "upkeep"}).status_code == 404
    assert run(upkeep, {"script": "upkeep", "cron": "0 3 * * *"}).status_code == 200


def test_each_minute_runs_the_due_triggers_and_a_failure_stops_no_other() -> None:
    called: list[tuple[str, str]] = []

    async def call(script: str, cron: str, _moment: datetime) -> str:
        called.append((script, cron))
        if script == "a/broken":
            raise RuntimeError("defect")
        return "ok"

    triggers: tuple[tuple[str, str], ...] = (("a/broken", "* * * * *"), ("a/x", "17 * * * *"), ("a/x", "18 * * * *"))
    snapshot = Snapshot(version=1, zones=(), domains={}, scripts={}, schedules=triggers)
    schedules = Schedules(lambda: snapshot, call)
    runs: list[Any] = asyncio.run(schedules.run_due(datetime(2026, 3, 1, 3, 17, tzinfo=UTC)))
    assert called == [("a/broken", "* * * * *"), ("a/x", "17 * * * *")]
    assert [each.outcome for each in runs] == ["failed: defect", "ok"]
