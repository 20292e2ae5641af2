"""Custom domains of Workers. Each creates its own DNS record and certificate, which are deleted with it."""

from __future__ import annotations

import re

from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, errors, new_id, own_zone, public, public_list, route
from sandbox.cloud.cloudflare.workers import workers
from sandbox.cloud.cloudflare.zones import dns_records, validated, zones
from sandbox.state import Context, Document

COLLECTION = "cloudflare.workers_domains"
_HOSTNAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}")
_DISCARD = "100::"
"""The content of a custom domain's record: an address that discards packets, behind the proxy."""


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, attach, read and detach custom domains."""
    return [
        route(context, "/accounts/{account}/workers/domains", get=_list, put=_attach),
        route(context, "/accounts/{account}/workers/domains/{domain}", get=read, delete=_detach),
    ]


def _list(call: Call) -> list[Document]:
    wanted = {key: call.query[key] for key in ("hostname", "service", "zone_id", "zone_name") if key in call.query}
    return public_list(call.store.find(COLLECTION, _account_id=call.account()["id"], **wanted))


def _attach(call: Call) -> Document:
    account, wanted = call.account()["id"], call.object(hostname=str, service=str, zone_id=str)
    hostname, take = str(wanted.get("hostname", "")).lower(), bool(wanted.get("override_existing_origin"))
    return public(attach(call, account, hostname, wanted.get("service"), wanted.get("zone_id"), take=take))


def attach(
    call: Call,
    account: str,
    hostname: str,
    service: str | None,
    zone_id: str | None,
    *,
    take: bool = False,
    replace: bool = False,
) -> Document:
    """Return the custom domain of the host, which leads to this Worker from now on.

    `take` allows taking it from another Worker; `replace` deletes the host's existing records. Raises ApiError.
    """
    zone = _zone(call, account, hostname, zone_id)
    if not service or workers.find(call.store, account, service) is None:
        raise workers.missing()
    present = call.store.find(COLLECTION, hostname=hostname)
    if present and present[0]["service"] == service:
        return present[0]
    if present and not take:
        remedy = "Either delete it, try a different hostname, or use the option 'override_existing_origin' to override."
        raise ApiError(409, 100116, f"Hostname '{hostname}' already in use by other custom domain. {remedy}")
    if present:
        moved = present[0] | {"service": service}
        call.store.put(COLLECTION, moved["id"], moved)
        return moved
    if replace:
        for record in _in_the_way(call, zone, hostname):
            call.store.delete(dns_records.COLLECTION, record["id"])
    _refuse_records(call, zone, hostname)
    return _add(call, account, zone, hostname, service)


def has_records(call: Call, hostname: str) -> bool:
    """Return whether the host has records that block a custom domain."""
    zone = zones.of_hostname(call.store, hostname, call.account()["id"])
    return zone is not None and bool(_in_the_way(call, zone, hostname))


def _zone(call: Call, account: str, hostname: str, zone_id: str | None) -> Document:
    """Return the zone for the domain. Raises ApiError unless the account owns it and it contains the host."""
    if not _HOSTNAME.fullmatch(hostname):
        raise ApiError(400, 100113, f"Hostname '{hostname}' is invalid: give a bare host name, without a path or *.")
    zone = own_zone(call.store, zone_id) if zone_id else zones.of_hostname(call.store, hostname, account)
    if zone is None or zone["account"]["id"] != account:
        raise errors.not_authorized()
    if hostname != zone["name"] and not hostname.endswith(f".{zone['name']}"):
        raise ApiError(400, 100112, f"Hostname '{hostname}' does not belong to zone {zone['name']}.")
    return zone


def _in_the_way(call: Call, zone: Document, hostname: str) -> list[Document]:
    present = dns_records.of_name(call.store, zone["id"], hostname)
    return [record for record in present if record["type"] in ("A", "AAAA", "CNAME")]


def _refuse_records(call: Call, zone: Document, hostname: str) -> None:
    if _in_the_way(call, zone, hostname):
        remedy = "Delete them first or try a different hostname."
        text = f"Hostname '{hostname}' already has externally managed DNS records (A, CNAME, etc). {remedy}"
        raise ApiError(409, 100117, text)


def _add(call: Call, account: str, zone: Document, hostname: str, service: str) -> Document:
    domain = {
        "id": new_id(),
        "zone_id": zone["id"],
        "zone_name": zone["name"],
        "hostname": hostname,
        "service": service,
        "environment": "production",
        "cert_id": new_id(),
        "_account_id": account,
    }
    call.store.put(COLLECTION, domain["id"], domain)
    fields = validated({"name": hostname, "type": "AAAA", "content": _DISCARD, "proxied": True}, zone["name"])
    dns_records.add(call, zone, fields, meta={"read_only": True, "origin_worker_id": domain["id"]})
    return domain


def read(call: Call) -> Document:
    """Return the custom domain in the path. Raises ApiError."""
    return public(_domain(call))


def _detach(call: Call) -> Response:
    remove(call, _domain(call))
    return Response(status_code=200)


def remove(call: Call, domain: Document) -> None:
    """Remove the domain and its record."""
    for record in dns_records.of_name(call.store, domain["zone_id"], domain["hostname"]):
        if record["meta"].get("origin_worker_id") == domain["id"]:
            call.store.delete(dns_records.COLLECTION, record["id"])
    call.store.delete(COLLECTION, domain["id"])


def _domain(call: Call) -> Document:
    account = call.account()["id"]
    domain = call.store.get(COLLECTION, call.params["domain"])
    if domain is None or domain["_account_id"] != account:
        raise ApiError(404, 100114, "Could not find the custom domain.")
    return domain
