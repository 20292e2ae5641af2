"""Authentication by API token, with the vendor's order of checks and its codes."""

from __future__ import annotations

import re
import secrets

from starlette.requests import Request

from sandbox.cloud.cloudflare.protocol.errors import ApiError
from sandbox.state import Context

_WELL_FORMED = re.compile(r"Bearer [0-9A-Za-z_-]{40,80}")


def authenticate(context: Context, request: Request) -> None:
    """Raise ApiError unless the call carries the sandbox's token: it may be missing, malformed or invalid."""
    sent = request.headers.get("authorization")
    if not sent:
        raise ApiError(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    if not _WELL_FORMED.fullmatch(sent):
        raise ApiError(400, 6003, "Invalid request headers", chain=((6111, "Invalid format for Authorization header"),))
    expected = f"Bearer {context.home.credentials.cloudflare_api_token}"
    if secrets.compare_digest(sent.encode(), expected.encode()):
        return
    if request.url.path.endswith("/tokens/verify"):
        raise ApiError(401, 1000, "Invalid API Token")
    raise ApiError(403, 9109, "Invalid access token")
