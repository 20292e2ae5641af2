"""Domains registered with Cloudflare. There are none unless a test stores one: the registrar may be another company."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, public, route
from sandbox.state import Context, Document

COLLECTION = "cloudflare.registrations"


def routes(context: Context) -> list[BaseRoute]:
    """Return the route of a domain's registration."""
    return [route(context, "/accounts/{account}/registrar/domains/{domain}", get=_get)]


def _get(call: Call) -> Document:
    call.account()
    found = call.store.get(COLLECTION, call.params["domain"])
    if found is None:
        raise ApiError(404, 10000, "Domain not found.")
    return public(found)
