"""Calls to Cloudflare's API, its errors and lists."""

from sandbox.cloud.cloudflare.protocol import errors
from sandbox.cloud.cloudflare.protocol.call import Call, Page, new_id, own_zone, public, public_list, route, typed
from sandbox.cloud.cloudflare.protocol.errors import ApiError, malformed_json
from sandbox.cloud.cloudflare.protocol.listing import Filters, selected, texts

__all__ = [
    "ApiError",
    "Call",
    "Filters",
    "Page",
    "errors",
    "malformed_json",
    "new_id",
    "own_zone",
    "public",
    "public_list",
    "route",
    "selected",
    "texts",
    "typed",
]
