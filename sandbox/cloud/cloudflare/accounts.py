"""The token itself, its user, and its accounts."""

from __future__ import annotations

import hashlib

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import Call, Page, errors, public_list, route
from sandbox.state import Context, Document


def routes(context: Context) -> list[BaseRoute]:
    """Verification of the token; accounts."""
    return [
        route(context, "/user/tokens/verify", get=_verify),
        route(context, "/accounts", get=_list),
        route(context, "/accounts/{account}", get=_get),
        route(context, "/accounts/{account}/tokens/verify", get=_verify),
    ]


def _verify(call: Call) -> JSONResponse:
    token = call.context.home.credentials.cloudflare_api_token
    result = {"id": hashlib.sha256(token.encode()).hexdigest()[:32], "status": "active"}
    message = {"code": 10000, "message": "This API Token is valid and active", "type": None}
    return JSONResponse({"result": result, "success": True, "errors": [], "messages": [message]})


def _list(call: Call) -> Page:
    accounts = public_list(call.store.find("cloudflare.accounts"))
    wanted = call.query.get("name")
    return Page.of([one for one in accounts if wanted in (None, one["name"])], call.query, size=20, largest=50)


def _get(call: Call) -> Document:
    account = call.store.get("cloudflare.accounts", call.params["account"])
    if account is None:
        raise errors.not_yours()
    return account
