"""Domains that Cloudflare registered. None is, unless a test puts one into the store: others may be the registrar."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, public, route
from sandbox.state import Context, Document

COLLECTION = "cloudflare.registrations"


def routes(context: Context) -> list[BaseRoute]:
    """Return one domain's registration."""
    return [route(context, "/accounts/{account}/registrar/domains/{domain}", get=_get)]


def _get(call: Call) -> Document:
    call.account()
    found = call.store.get(COLLECTION, call.params["domain"])
    if found is None:
        raise ApiError(404, 10000, "Domain not found.")
    return public(found)
