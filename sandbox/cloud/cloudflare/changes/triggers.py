"""A Worker's routes and custom domains, replaced as a whole (as wrangler does), and settings shared by its versions."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, malformed_json, new_id, public, route, typed
from sandbox.cloud.cloudflare.workers import domains, uploads, workers
from sandbox.cloud.cloudflare.workers import routes as zone_routes
from sandbox.cloud.cloudflare.zones import zones
from sandbox.state import Context, Document

_SETTINGS = ("logpush", "observability", "tail_consumers", "tags")
_TYPES: dict[str, type] = {"logpush": bool, "observability": dict, "tail_consumers": list, "tags": list}


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of a script's routes, its custom domains, a preview of their changes, and its settings."""
    script = "/accounts/{account}/workers/scripts/{script}"
    return [
        route(context, f"{script}/routes", get=_routes, put=_set_routes),
        route(context, f"{script}/domains/changeset", post=_changeset),
        route(context, f"{script}/domains/records", put=_set_domains),
        route(context, "/accounts/{account}/workers/domains/records/{domain}", get=domains.read),
        route(context, f"{script}/script-settings", get=_settings, patch=_change_settings),
    ]


def _routes(call: Call) -> list[Document]:
    script = workers.existing(call)
    return [_with_zone(call, one) for one in call.store.find(zone_routes.COLLECTION, script=script["id"])]


def _set_routes(call: Call) -> list[Document]:
    """Replace the script's routes. Raises ApiError, also for a route that leads to another Worker."""
    script, wanted = workers.existing(call), _list(call.body)
    patterns = {}
    for entry in wanted:
        given = typed(entry, pattern=str, zone_id=str, zone_name=str)
        pattern = str(given.get("pattern", ""))
        zone = zones.of_pattern(call.store, pattern, script["_account_id"])
        if zone is None:
            text = f"Could not find zone for `{pattern}`. Make sure the domain is set up to be proxied by Cloudflare."
            raise ApiError(400, 10082, text)
        patterns[pattern] = zone
    for one in call.store.find(zone_routes.COLLECTION):
        if one["pattern"] in patterns and one.get("script") not in (None, script["id"]):
            raise ApiError(409, 10020, f"A route with the same pattern already exists: {one['pattern']}.")
        if one.get("script") == script["id"] and one["pattern"] not in patterns:
            call.store.delete(zone_routes.COLLECTION, one["id"])
    for pattern, zone in patterns.items():
        present = call.store.find(zone_routes.COLLECTION, _zone_id=zone["id"], pattern=pattern)
        base = present[0] if present else {"id": new_id(), "_zone_id": zone["id"]}
        zone_routes.store(call, zone, base, {"pattern": pattern, "script": script["id"]})
    return _routes(call)


def _with_zone(call: Call, one: Document) -> Document:
    zone = call.store.get("cloudflare.zones", one["_zone_id"]) or {}
    return public(one) | {"zone_id": one["_zone_id"], "zone_name": zone.get("name")}


def _changeset(call: Call) -> Document:
    """Return the effect of `_set_domains`: hosts to add, remove or take over, and those with conflicting records."""
    script = workers.existing(call)
    hosts = [str(typed(one, hostname=str).get("hostname", "")).lower() for one in _list(call.body)]
    present = {one["hostname"]: one for one in call.store.find(domains.COLLECTION, _account_id=script["_account_id"])}
    own = {host for host, one in present.items() if one["service"] == script["id"]}
    replaced = call.query.get("replace_state") == "true"
    conflicting = [host for host in hosts if host not in present and domains.has_records(call, host)]
    return {
        "added": [{"hostname": host} for host in hosts if host not in present and host not in conflicting],
        "removed": [public(present[host]) for host in sorted(own - set(hosts))] if replaced else [],
        "updated": [
            public(present[host]) | {"modified": present[host]["service"] != script["id"]}
            for host in hosts
            if host in present
        ],
        "conflicting": [{"hostname": host} for host in conflicting],
    }


def _set_domains(call: Call) -> list[Document]:
    """Make these hosts custom domains of the script. Its other custom domains stay. Raises ApiError."""
    script = workers.existing(call)
    wanted = call.object(override_existing_origin=bool, override_existing_dns_record=bool, origins=list)
    made = []
    for origin in wanted.get("origins") or []:
        given = typed(origin, hostname=str, zone_id=str)
        made.append(
            domains.attach(
                call,
                script["_account_id"],
                str(given.get("hostname", "")).lower(),
                script["id"],
                given.get("zone_id"),
                take=bool(wanted.get("override_existing_origin")),
                replace=bool(wanted.get("override_existing_dns_record")),
            )
        )
    return [public(one) for one in made]


def _settings(call: Call) -> Document:
    script = workers.existing(call)
    return {key: script.get(key) for key in _SETTINGS} | {"logpush": script["logpush"]}


def _change_settings(call: Call) -> Document:
    """Change settings that all versions share. Raises ApiError for others."""
    script, wanted = workers.existing(call), call.object(**_TYPES)
    unknown = sorted(set(wanted) - set(_SETTINGS))
    if unknown:
        raise ApiError(400, 10021, f"The sandbox does not simulate these settings of a script: {', '.join(unknown)}.")
    uploads.refuse_tail_consumers(call, script["_account_id"], script["id"], wanted)
    changed = script | {key: value for key, value in wanted.items() if value is not None}
    call.store.put(workers.COLLECTION, workers.key(script), changed)
    return {key: changed.get(key) for key in _SETTINGS}


def _list(body: object) -> list[object]:
    if not isinstance(body, list):
        raise malformed_json()
    return body
