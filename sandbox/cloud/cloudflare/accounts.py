"""The token, its user, and its accounts."""

from __future__ import annotations

import hashlib

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import Call, Page, errors, public, public_list, route
from sandbox.cloud.cloudflare.workers import versions
from sandbox.state import Context, Document


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the token, its user and its accounts."""
    return [
        route(context, "/user", get=_user),
        route(context, "/user/tokens/verify", get=_verify),
        route(context, "/memberships", get=_memberships),
        route(context, "/accounts", get=_list),
        route(context, "/accounts/{account}", get=_get),
        route(context, "/accounts/{account}/tokens/verify", get=_verify),
    ]


def _verify(call: Call) -> JSONResponse:
    token = call.context.home.credentials.cloudflare_api_token
    result = {"id": hashlib.sha256(token.encode()).hexdigest()[:32], "status": "active"}
    message = {"code": 10000, "message": "This API Token is valid and active", "type": None}
    return JSONResponse({"result": result, "success": True, "errors": [], "messages": [message]})


def _user(_call: Call) -> Document:
    """Return the token's owner."""
    return {
        "id": versions.AUTHOR["author_id"],
        "email": versions.AUTHOR["author_email"],
        "username": versions.AUTHOR["author_id"],
        "first_name": None,
        "last_name": None,
        "telephone": None,
        "country": None,
        "zipcode": None,
        "two_factor_authentication_enabled": False,
        "two_factor_authentication_locked": False,
        "created_on": "2024-03-11T09:12:41.117842Z",
        "modified_on": "2024-03-11T09:12:41.117842Z",
        "organizations": [],
        "has_pro_zones": False,
        "has_business_zones": False,
        "has_enterprise_zones": False,
        "suspended": False,
    }


def _memberships(call: Call) -> Page:
    """Return the user's membership in each account, with all permissions."""
    memberships: list[Document] = [
        {
            "id": hashlib.sha256(account["id"].encode()).hexdigest()[:32],
            "status": "accepted",
            "account": public(account),
            "roles": ["Super Administrator - All Privileges"],
            "permissions": {},
        }
        for account in call.store.find("cloudflare.accounts")
    ]
    return Page.of(memberships, call.query, size=20, largest=50)


def _list(call: Call) -> Page:
    accounts = public_list(call.store.find("cloudflare.accounts"))
    wanted = call.query.get("name")
    return Page.of([one for one in accounts if wanted in (None, one["name"])], call.query, size=20, largest=50)


def _get(call: Call) -> Document:
    account = call.store.get("cloudflare.accounts", call.params["account"])
    if account is None:
        raise errors.not_yours()
    return account
