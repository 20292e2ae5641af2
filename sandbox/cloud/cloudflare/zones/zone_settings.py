"""Settings of a zone: read, and changed one by one or together. They cannot be deleted.

A change without a `value` is refused as an invalid value, even if nothing would change; a change to the current value
is accepted. (The provider's update sends only differences, hence sometimes an empty object.)
"""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare.protocol import ApiError, Call, route, typed
from sandbox.state import Context, Document, Store

_SWITCH = ("off", "on")
_VALUES: dict[str, tuple[str | int, ...]] = {
    "ssl": ("full", "off", "flexible", "strict"),
    "ssl_automatic_mode": ("auto", "custom"),
    "always_use_https": _SWITCH,
    "automatic_https_rewrites": ("on", "off"),
    "min_tls_version": ("1.0", "1.1", "1.2", "1.3"),
    "tls_1_3": ("on", "off", "zrt"),
    "opportunistic_encryption": ("on", "off"),
    "http3": ("on", "off"),
    "ipv6": ("on", "off"),
    "websockets": ("on", "off"),
    "brotli": ("on", "off"),
    "0rtt": _SWITCH,
    "always_online": _SWITCH,
    "browser_check": ("on", "off"),
    "development_mode": _SWITCH,
    "email_obfuscation": ("on", "off"),
    "hotlink_protection": _SWITCH,
    "rocket_loader": _SWITCH,
    "security_level": ("medium", "off", "essentially_off", "low", "high", "under_attack"),
    "cache_level": ("aggressive", "basic", "simplified"),
    "browser_cache_ttl": (14400, 0, 30, 60, 120, 300, 1200, 1800, 3600, 7200, 10800, 18000, 28800, 43200, 57600, 86400),
}
"""The name of each known setting, and its allowed values; the first is the value of a new zone."""


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of all settings of a zone, and of one."""
    return [
        route(context, "/zones/{zone}/settings", get=_list, patch=_change_many),
        route(context, "/zones/{zone}/settings/{setting}", get=_get, patch=_change, put=_change),
    ]


def read(store: Store, zone: str, setting: str) -> Document:
    """Return the setting, with a new zone's value if it was never set. Raises ApiError for an unknown name."""
    if setting not in _VALUES:
        raise ApiError(400, 1006, f"Unrecognized zone setting name: {setting}")
    new = {"id": setting, "value": _VALUES[setting][0], "editable": True, "modified_on": None}
    return store.get("cloudflare.zone_settings", f"{zone}/{setting}") or new


def _list(call: Call) -> list[Document]:
    zone = call.zone()["id"]
    return [read(call.store, zone, setting) for setting in _VALUES]


def _get(call: Call) -> Document:
    return read(call.store, call.zone()["id"], call.params["setting"])


def _change(call: Call) -> Document:
    return _set(call, call.zone()["id"], call.params["setting"], call.object())


def _change_many(call: Call) -> list[Document]:
    zone = call.zone()["id"]
    items = call.object(items=list).get("items")
    if not items:
        raise ApiError(400, 1008, "Invalid or missing items")
    return [_set(call, zone, str(typed(item).get("id")), item) for item in items]


def _set(call: Call, zone: str, setting: str, change: Document) -> Document:
    current = read(call.store, zone, setting)
    value = change.get("value")
    if not any(value == allowed and type(value) is type(allowed) for allowed in _VALUES[setting]):
        raise ApiError(400, 1007, f"Invalid value for zone setting {setting}")
    changed = current | {"value": value, "modified_on": call.now()}
    call.store.put("cloudflare.zone_settings", f"{zone}/{setting}", changed)
    return changed
