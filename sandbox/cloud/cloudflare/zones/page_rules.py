"""Page rules, the older way to configure a zone for a pattern of URLs. The sandbox's edge ignores them."""

from __future__ import annotations

import re

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, new_id, public, public_list, route
from sandbox.state import Context, Document

COLLECTION = "cloudflare.page_rules"
_STATES = ("active", "disabled")


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of a zone's page rules."""
    return [
        route(context, "/zones/{zone}/pagerules", get=_list, post=_create),
        route(context, "/zones/{zone}/pagerules/{rule}", get=_get, delete=_delete),
    ]


def _list(call: Call) -> list[Document]:
    return public_list(call.store.find(COLLECTION, _zone_id=call.zone()["id"]))


def _create(call: Call) -> Document:
    zone, wanted = call.zone(), call.object(targets=list, actions=list, status=str)
    constraint = ((wanted.get("targets") or [{}])[0] or {}).get("constraint") or {}
    host = re.sub(r"^[a-z*]+://", "", str(constraint.get("value", "")).lower()).partition("/")[0].lstrip("*.")
    if not f".{host}".endswith(f".{zone['name']}") or not wanted.get("actions"):
        raise ApiError(400, 1004, "Page Rule validation failed: See messages for details.")
    status = wanted.get("status") or "disabled"
    if status not in _STATES:
        raise ApiError(400, 1004, "Page Rule validation failed: See messages for details.")
    rule = {
        "id": new_id(),
        "targets": wanted["targets"],
        "actions": wanted["actions"],
        "status": status,
        "priority": len(call.store.find(COLLECTION, _zone_id=zone["id"])) + 1,
        "_zone_id": zone["id"],
    }
    call.store.put(COLLECTION, rule["id"], rule)
    return public(rule)


def _get(call: Call) -> Document:
    return public(_rule(call))


def _delete(call: Call) -> Document:
    found = _rule(call)
    call.store.delete(COLLECTION, found["id"])
    return {"id": found["id"]}


def _rule(call: Call) -> Document:
    zone = call.zone()["id"]
    found = call.store.get(COLLECTION, call.params["rule"])
    if found is None or found["_zone_id"] != zone:
        raise ApiError(404, 1002, "Page Rule not found.")
    return found
