"""Domains of a scope. A domain appears with its first host in a project, or is added explicitly.

Vercel is never their registrar or name server in the sandbox: their DNS is the Cloudflare zone.
"""

from __future__ import annotations

import hashlib

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.deployments import aliases
from sandbox.cloud.vercel.projects import dns
from sandbox.cloud.vercel.protocol import HOST, ApiError, Call, bad_request, new_id, not_found, page, public, route
from sandbox.state import Context, Document

COLLECTION = "vercel.domains"
_OURS = "vercel.app"
_NAME_SERVERS = ["ns1.vercel-dns.com", "ns2.vercel-dns.com"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes that list, add, read and remove domains; certificates and records are always empty."""
    return [
        *route(context, "5", "/domains", get=_list),
        *route(context, "5 7", "/domains", post=_add),
        *route(context, "5", "/domains/{domain}", get=_get),
        *route(context, "3 6", "/domains/{domain}", delete=_remove),
        *route(context, "3 4", "/domains/{domain}/records", get=_records),
        *route(context, "4 5", "/certs", get=_certificates),
        *route(context, "1", "/registrar/domains/{domain}/availability", get=_availability),
    ]


def owned(call: Call, host: str) -> Document | None:
    """Return the scope's domain that contains the host."""
    return next((one for one in _all(call) if f".{host}".endswith(f".{one['name']}")), None)


def _all(call: Call) -> list[Document]:
    owner = call.owner()
    stored = {one["name"]: one for one in call.store.find(COLLECTION, _owner=owner)}
    for host in call.store.find(aliases.DOMAINS, _owner=owner):
        if host["apexName"] != _OURS and host["apexName"] not in stored:
            id_ = hashlib.sha256(f"{owner}/{host['apexName']}".encode()).hexdigest()[:24]
            stored[host["apexName"]] = {"id": id_, "name": host["apexName"], "createdAt": host["createdAt"]}
    return sorted(stored.values(), key=lambda one: int(one["createdAt"]))


def _list(call: Call) -> Document:
    return page("domains", [_shown(call, one) for one in _all(call)], call.query)


def _add(call: Call) -> Document:
    fields = {"name": str, "zone": bool, "cdnEnabled": bool, "method": str}
    wanted = call.object(fields, required=("name",))
    name = str(wanted["name"]).lower()
    if wanted.get("method") not in (None, "add"):
        raise bad_request("Not simulated: a domain can be added, not moved in or transferred.")
    if not HOST.fullmatch(name) or name.count(".") != 1:
        raise ApiError(400, "invalid_name", f'The domain name "{name}" is not valid.')
    if any(one["name"] == name for one in _all(call)):
        raise ApiError(409, "domain_already_exists", f'The domain "{name}" already exists.')
    if call.store.find(COLLECTION, name=name):
        raise ApiError(403, "forbidden", f'The domain "{name}" is in use by another account.')
    domain: Document = {"id": new_id("", 24), "name": name, "createdAt": call.now(), "_owner": call.owner()}
    call.store.put(COLLECTION, domain["id"], domain)
    return {"domain": _shown(call, domain)}


def _get(call: Call) -> Document:
    return {"domain": _shown(call, _domain(call))}


def _remove(call: Call) -> Document:
    """Remove a domain, and its hosts from all projects of the scope."""
    domain = _domain(call)
    for host in call.store.find(aliases.DOMAINS, _owner=call.owner(), apexName=domain["name"]):
        call.store.delete(aliases.DOMAINS, host["_id"])
    call.store.delete(COLLECTION, domain["id"])
    return {"uid": domain["id"]}


def _records(call: Call) -> Document:
    """Return an empty list: no domain uses Vercel's name servers."""
    _domain(call)
    return page("records", [], call.query)


def _certificates(call: Call) -> Document:
    """Return an empty list: nobody orders certificates. The edge issues those of the hosts without listing them."""
    return page("certs", [], call.query)


def _availability(call: Call) -> Document:
    """Report that no domain is for sale."""
    if not HOST.fullmatch(call.params["domain"].lower()):
        raise ApiError(400, "invalid_name", f'The domain name "{call.params["domain"]}" is not valid.')
    return {"available": False}


def _domain(call: Call) -> Document:
    wanted = call.params["domain"].lower()
    found = next((one for one in _all(call) if wanted in (one["name"], one["id"])), None)
    # Like the vendor, return the domain of a host.
    found = found or owned(call, wanted)
    if found is None:
        raise not_found("Domain")
    return found


def _shown(call: Call, domain: Document) -> Document:
    user = call.user()
    return public(domain) | {
        "apexName": domain["name"],
        "boughtAt": None,
        "cdnEnabled": False,
        "creator": {"id": user["id"], "username": user["username"], "email": user["email"]},
        "customNameservers": [],
        "expiresAt": None,
        "intendedNameservers": _NAME_SERVERS,
        "nameservers": dns.name_servers(call.store, domain["name"]),
        "orderedAt": None,
        "renew": False,
        "serviceType": "external",
        "suffix": False,
        "transferredAt": None,
        "transferStartedAt": None,
        "userId": user["id"],
        "teamId": call.owner() if call.team() else None,
        "verified": True,
        "zone": False,
    }
