"""Zones: listed by name or account, never created or deleted here (the registrar's name servers are fixed)."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import (
    Call,
    Filters,
    Page,
    errors,
    own_zone,
    public,
    public_list,
    route,
    selected,
)
from sandbox.state import Context, Document, Store


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list and read zones."""
    return [route(context, "/zones", get=_list), route(context, "/zones/{zone}", get=_get)]


def of_hostname(store: Store, hostname: str, account: str) -> Document | None:
    """Return the account's zone that contains the host: the longest one, if zones are nested."""
    labels = hostname.split(".")
    for start in range(len(labels)):
        for zone in store.find("cloudflare.zones", name=".".join(labels[start:])):
            if zone["account"]["id"] == account:
                return zone
    return None


def of_pattern(store: Store, pattern: str, account: str) -> Document | None:
    """Return the account's zone that contains a Worker's route with this pattern."""
    host = pattern.lower().removeprefix("https://").removeprefix("http://").partition("/")[0]
    return of_hostname(store, host.removeprefix("*.").removeprefix("*"), account)


def _list(call: Call) -> Page:
    zones = [zone for zone in call.store.find("cloudflare.zones") if own_zone(call.store, zone["id"])]
    found = selected(zones, call.query, _FILTERS, sortable=("name", "status"))
    return Page.of(public_list(found), call.query, size=20, largest=50)


_FILTERS: Filters = {
    "name": lambda zone, wanted: bool(zone["name"] == wanted),
    "type": lambda zone, wanted: bool(zone["type"] == wanted),
    "status": lambda zone, wanted: bool(zone["status"] == wanted),
    "account.id": lambda zone, wanted: bool(zone["account"]["id"] == wanted),
    "account.name": lambda zone, wanted: bool(zone["account"]["name"] == wanted),
}


def _get(call: Call) -> Document:
    zone = own_zone(call.store, call.identifier("zone"))
    if zone is None:
        raise errors.not_yours()
    return public(zone)
