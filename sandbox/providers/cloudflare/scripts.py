"""The function that lists the Workers of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sandbox.providers.cloudflare.zones import camelled
from sandbox.providers.core import Api, ProviderError


def get_workers_scripts(api: Api, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """All of them, with the tag of the Durable Object migration that each has reached."""
    account = arguments.get("accountId")
    if not account:
        raise ProviderError('Missing required argument: "account_id"')
    if arguments.get("tags"):
        raise ProviderError("the sandbox does not simulate the filter tags")
    found = api.call("GET", f"/accounts/{quote(str(account), safe='')}/workers/scripts")["result"]
    most = int(arguments.get("maxItems") or 1000)
    return {**arguments, "id": str(account), "results": [camelled(script) for script in found[:most]]}
