"""DNS records, with equivalent spellings of names and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.cloudflare.table import TableResource
from sandbox.providers.core import Live, ProviderError, Value

_SETTINGS = ("ipv4Only", "ipv6Only", "flattenCname")
"""Settings that only CNAME records have; the API omits those that are off."""


class DnsRecord(TableResource):
    """A record of a zone."""

    volatile = frozenset({"modifiedOn"})

    def adjust(self, planned: dict[str, Any], state: Mapping[str, Any], old_inputs: Mapping[str, Any]) -> None:
        """Keep equivalent spellings: the API returns full names, and the case of a CNAME's target does not matter."""
        present, name = state.get("name"), planned.get("name")
        if isinstance(name, str) and isinstance(present, str) and _is_same_name(name, present, old_inputs.get("name")):
            planned["name"] = present
        content, target = planned.get("content"), state.get("content")
        if planned.get("type") == "CNAME" and isinstance(content, str) and isinstance(target, str):
            planned["content"] = target if content.lower() == target.lower() else content

    def create(self, planned: dict[str, Any]) -> Live:
        """Create the record. Like the official plugin, report an invalid TTL only here, not in a preview."""
        if planned.get("proxied") and planned.get("ttl") != 1:
            raise ProviderError(
                "ttl must be set to 1 when `proxied` is true: Cloudflare controls the TTL of proxied records"
            )
        return super().create(planned)

    def live(self, state: dict[str, Any], answer: Mapping[str, Any]) -> Live:
        """Complete the settings: those that the API omits are off."""
        if state.get("type") == "CNAME":
            state["settings"] = dict.fromkeys(_SETTINGS, False) | state.get("settings", {})
        return super().live(state, answer)

    def body(self, values: Mapping[str, Any]) -> Value:
        """Return the request's body; an update always contains settings and tags."""
        body = super().body(values)
        return body if "createdOn" not in values else {"settings": {}, "tags": [], **body}


def _is_same_name(name: str, present: str, written: Value) -> bool:
    """Return whether `name` means the record name `present`; the name `written` before implies the zone's name."""
    name, present = name.removesuffix("."), present.removesuffix(".")
    if name == "@":
        return "." in present
    if not present.startswith(f"{name}."):
        return False
    if isinstance(written, str) and present.startswith(f"{written.removesuffix('.')}."):
        zone = present.removeprefix(f"{written.removesuffix('.')}.")
        return present == f"{name}.{zone}"
    return True
