"""Web Analytics (real user monitoring): sites with a token and a snippet that reports under it.

A site belongs to a host or a zone; the zone matters only at creation. Documents have `_account_id`.
"""

from __future__ import annotations

import json

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, Page, errors, new_id, own_zone, public, public_list, route
from sandbox.cloud.cloudflare.zones import zones
from sandbox.state import Context, Document

COLLECTION = "cloudflare.web_analytics_sites"
_BEACON = "https://static.cloudflareinsights.com/beacon.min.js"


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, create, read, change and delete sites."""
    return [
        route(context, "/accounts/{account}/rum/site_info", post=_create),
        route(context, "/accounts/{account}/rum/site_info/list", get=_list),
        route(context, "/accounts/{account}/rum/site_info/{site}", get=_get, put=_change, delete=_delete),
    ]


def snippet(token: str) -> str:
    """Return the HTML element that loads the beacon with this token."""
    settings = json.dumps({"token": token})
    script = f"<script defer src='{_BEACON}' data-cf-beacon='{settings}'></script>"
    return f"<!-- Cloudflare Web Analytics -->{script}<!-- End Cloudflare Web Analytics -->"


def _create(call: Call) -> Document:
    account, wanted = call.account()["id"], call.object(host=str, zone_tag=str, auto_install=bool, enabled=bool)
    zone = _zone(call, account, wanted)
    token = new_id()
    site = {
        "site_tag": new_id(),
        "site_token": token,
        "created": call.now(),
        "auto_install": bool(wanted.get("auto_install")),
        "snippet": snippet(token),
        "rules": [],
        "ruleset": {
            "id": new_id(),
            "enabled": True,
            "zone_name": zone["name"] if zone else wanted["host"],
            "zone_tag": zone["id"] if zone else None,
        },
        "host": wanted.get("host") or (zone["name"] if zone else None),
        "_account_id": account,
    }
    call.store.put(COLLECTION, site["site_tag"], site)
    return _shown(site)


def _zone(call: Call, account: str, wanted: Document) -> Document | None:
    tag, host = wanted.get("zone_tag"), wanted.get("host")
    if not tag and not host:
        raise ApiError(400, 10004, "host or zone_tag is required")
    zone = own_zone(call.store, tag) if tag else None
    if tag and (zone is None or zone["account"]["id"] != account):
        raise errors.not_authorized()
    if wanted.get("auto_install") and zone is None and zones.of_hostname(call.store, str(host), account) is None:
        raise ApiError(400, 10004, "auto_install needs a host that is proxied by this account")
    if zone and call.store.find(COLLECTION, _account_id=account, host=zone["name"]):
        raise ApiError(409, 10006, "a site for this zone already exists")
    return zone


def _list(call: Call) -> Page:
    sites = call.store.find(COLLECTION, _account_id=call.account()["id"])
    return Page.of(public_list(sites), call.query, size=10, largest=100)


def _get(call: Call) -> Document:
    return _shown(_site(call))


def _change(call: Call) -> Document:
    """Change the mutable fields. The zone and the token cannot change."""
    site, wanted = _site(call), call.object(host=str, zone_tag=str, auto_install=bool, enabled=bool)
    changed = site | {key: wanted[key] for key in ("auto_install", "host") if wanted.get(key) is not None}
    if wanted.get("enabled") is not None:
        changed["ruleset"] = site["ruleset"] | {"enabled": bool(wanted["enabled"])}
    call.store.put(COLLECTION, site["site_tag"], changed)
    return _shown(changed)


def _delete(call: Call) -> Document:
    site = _site(call)
    call.store.delete(COLLECTION, site["site_tag"])
    return {"site_tag": site["site_tag"]}


def _shown(site: Document) -> Document:
    return public(site, "host")


def _site(call: Call) -> Document:
    account = call.account()["id"]
    site = call.store.get(COLLECTION, call.params["site"])
    if site is None or site["_account_id"] != account:
        raise ApiError(404, 10009, "site not found")
    return site
