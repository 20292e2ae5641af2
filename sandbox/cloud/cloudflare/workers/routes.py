"""Routes, which send requests for a pattern of a zone to a Worker, or (without a script) to none; and workers.dev."""

from __future__ import annotations

import re

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, new_id, public, public_list, route
from sandbox.cloud.cloudflare.workers import workers
from sandbox.state import Context, Document, Store

COLLECTION = "cloudflare.workers_routes"
SUBDOMAINS = "cloudflare.workers_script_subdomains"
_PATTERN = re.compile(r"(?:https?://)?(\*?[a-z0-9.-]*[a-z0-9])(/[^?#]*)?")


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of a zone's routes, and of the account's and a script's subdomain of workers.dev."""
    return [
        route(context, "/zones/{zone}/workers/routes", get=_list, post=_create),
        route(context, "/zones/{zone}/workers/routes/{route}", get=_get, put=_replace, delete=_delete),
        route(context, "/accounts/{account}/workers/subdomain", get=_account_subdomain),
        route(
            context,
            "/accounts/{account}/workers/scripts/{script}/subdomain",
            get=_subdomain,
            post=_set_subdomain,
            delete=_clear_subdomain,
        ),
    ]


def _list(call: Call) -> list[Document]:
    return public_list(call.store.find(COLLECTION, _zone_id=call.zone()["id"]))


def _create(call: Call) -> Document:
    zone = call.zone()
    return store(call, zone, {"id": new_id(), "_zone_id": zone["id"]}, call.object(pattern=str, script=str))


def _get(call: Call) -> Document:
    return public(_route(call))


def _replace(call: Call) -> Document:
    return store(call, call.zone(), _route(call), call.object(pattern=str, script=str))


def _delete(call: Call) -> Document:
    found = _route(call)
    call.store.delete(COLLECTION, found["id"])
    return {"id": found["id"]}


def store(call: Call, zone: Document, base: Document, wanted: Document) -> Document:
    """Return the route: `base` with the wanted pattern and script. Raises ApiError."""
    pattern, script = str(wanted.get("pattern", "")), wanted.get("script")
    matched = _PATTERN.fullmatch(pattern.lower())
    host = matched.group(1).lstrip("*") if matched else ""
    if not matched or not f".{host.lstrip('.')}".endswith(f".{zone['name']}"):
        raise ApiError(400, 10022, f"Invalid route pattern '{pattern}' for zone {zone['name']}.")
    if script and workers.find(call.store, zone["account"]["id"], script) is None:
        remedy = "Please ensure this Worker exists and try again."
        raise ApiError(404, 10019, f"Cannot configure a route for a Worker which does not exist. {remedy}")
    if any(one["id"] != base["id"] for one in call.store.find(COLLECTION, _zone_id=zone["id"], pattern=pattern)):
        raise ApiError(409, 10020, "A route with the same pattern already exists.")
    stored = {"id": base["id"], "pattern": pattern, "_zone_id": zone["id"]} | ({"script": script} if script else {})
    call.store.put(COLLECTION, stored["id"], stored)
    return public(stored)


def _route(call: Call) -> Document:
    zone = call.zone()["id"]
    found = call.store.get(COLLECTION, call.params["route"])
    if found is None or found["_zone_id"] != zone:
        raise ApiError(404, 10009, "Route not found.")
    return found


def _account_subdomain(call: Call) -> Document:
    return {"subdomain": call.account()["name"].lower()}


def _subdomain(call: Call) -> Document:
    return subdomain(call.store, workers.existing(call))


def subdomain(store: Store, script: Document) -> Document:
    """Return the Worker's state below workers.dev: enabled or not."""
    off = {"enabled": False, "previews_enabled": False}
    return store.get(SUBDOMAINS, workers.key(script)) or off


def _set_subdomain(call: Call) -> Document:
    script, wanted = workers.existing(call), call.object(enabled=bool, previews_enabled=bool)
    enabled = bool(wanted.get("enabled"))
    state = {"enabled": enabled, "previews_enabled": bool(wanted.get("previews_enabled", enabled))}
    call.store.put(SUBDOMAINS, f"{script['_account_id']}/{script['id']}", state)
    return state


def _clear_subdomain(call: Call) -> Document:
    script = workers.existing(call)
    call.store.delete(SUBDOMAINS, f"{script['_account_id']}/{script['id']}")
    return {"enabled": False, "previews_enabled": False}
