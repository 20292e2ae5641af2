"""Functions that find zones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sandbox.providers.core import Api, ProviderError, Value, camel

_PLAIN_FILTERS = ("direction", "match", "name", "order", "status", "type")
_PAGE_SIZE = 50


def get_zone(api: Api, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return one zone, by id or by a filter that matches exactly one."""
    filters = arguments.get("filter")
    identifier = arguments.get("zoneId")
    if filters is not None:
        found = api.call("GET", "/zones", params=_query(filters))["result"]
        if len(found) != 1:
            raise ProviderError(f"failed to find exactly one result: {len(found)} found")
        identifier = found[0]["id"]
    if not identifier:
        raise ProviderError("Invalid zone configuration: give a zoneId or a filter")
    zone = api.call("GET", f"/zones/{quote(str(identifier), safe='')}")["result"]
    return {**_camel(zone), "id": zone["id"], "zoneId": zone["id"], **({"filter": filters} if filters else {})}


def get_zones(api: Api, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return all zones that match."""
    zones: list[Any] = []
    most = int(arguments.get("maxItems") or 1000)
    query, page, pages = _query(arguments), 1, 1
    while page <= pages and len(zones) < most:
        answer = api.call("GET", "/zones", params={**query, "page": page, "per_page": _PAGE_SIZE})
        zones += answer["result"]
        pages, page = answer.get("result_info", {}).get("total_pages", 1), page + 1
    return {**arguments, "id": "zones", "results": [_camel(zone) for zone in zones[:most]]}


def _query(filters: Mapping[str, Any]) -> dict[str, str]:
    account = filters.get("account") or {}
    query = {f"account.{key}": str(account[key]) for key in ("id", "name") if account.get(key)}
    query["match"] = "all"
    for key in _PLAIN_FILTERS:
        value = filters.get(key)
        if value:
            query[key] = ",".join(value) if isinstance(value, list) else str(value)
    return query


def _camel(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {camel(key): _camel(item) for key, item in value.items() if item is not None}
    return [_camel(item) for item in value] if isinstance(value, list) else value
