"""Cron triggers of a Worker: one list, replaced as a whole. The edge runs them."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, malformed_json, public, route, typed
from sandbox.cloud.cloudflare.workers import workers
from sandbox.cloud.cloudflare.workers.cron import CronError, Expression
from sandbox.state import Context, Document, Store

COLLECTION = "cloudflare.workers_schedules"
_FREE_LIMIT = 5
"""The most triggers of an account on the free plan, over all its Workers."""


def routes(context: Context) -> list[BaseRoute]:
    """Return the route that reads and replaces the triggers."""
    return [route(context, "/accounts/{account}/workers/scripts/{script}/schedules", get=_get, put=_put)]


def of_script(store: Store, script: Document) -> list[Document]:
    """Return the triggers, in the given order."""
    found = store.get(COLLECTION, workers.key(script))
    return list(found["schedules"]) if found else []


def remove(store: Store, script: Document) -> None:
    """Delete the triggers of a Worker that is being deleted."""
    store.delete(COLLECTION, workers.key(script))


def _get(call: Call) -> Document:
    return _shown(of_script(call.store, workers.existing(call)))


def _put(call: Call) -> Document:
    script = workers.existing(call)
    if not isinstance(call.body, list):
        raise malformed_json()
    crons = [_checked(entry) for entry in call.body]
    if len(set(crons)) < len(crons):
        raise ApiError(400, 10021, "A cron trigger is given twice.")
    others = call.store.find(COLLECTION, _account_id=script["_account_id"])
    count = sum(len(one["schedules"]) for one in others if one["_script"] != workers.key(script))
    if count + len(crons) > _FREE_LIMIT:
        text = f"This account has reached the Workers Free limit of {_FREE_LIMIT} cron triggers per account."
        raise ApiError(400, 10072, text)
    before, now = {one["cron"]: one for one in of_script(call.store, script)}, call.now()
    schedules = [before.get(cron) or {"cron": cron, "created_on": now, "modified_on": now} for cron in crons]
    stored = {"schedules": schedules, "_script": workers.key(script), "_account_id": script["_account_id"]}
    call.store.put(COLLECTION, workers.key(script), stored)
    return _shown(schedules)


def _checked(entry: object) -> str:
    cron = typed(entry, cron=str).get("cron") or ""
    try:
        return Expression.of(cron).text
    except CronError as error:
        raise ApiError(400, 10100, f"invalid cron string: {error}") from None


def _shown(schedules: list[Document]) -> Document:
    return {"schedules": [public(one) for one in schedules]}
