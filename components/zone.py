"""The Cloudflare zone: found by name, with its TLS settings.

The zone itself is not declared: the registrar and the name servers point at it, and it must survive a destroyed stack.

    zone = Zone("zone", ZoneArgs(domain="prductr.com", access=settings.access))
    zone.id, zone.account_id
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

from components.settings import Mistakes, RefusedError
from vendors import Access, Cloudflare, VendorError

TLS_SETTINGS = {
    # Flexible would request Vercel over http, whose 308 to https loops for ever (C14).
    "ssl": "strict",
    # On "auto", Cloudflare may choose a mode other than the one above (C14).
    "ssl_automatic_mode": "custom",
    "always_use_https": "on",
    "min_tls_version": "1.2",
}


@dataclass(frozen=True, kw_only=True)
class ZoneArgs:
    """The zone to find."""

    domain: str
    """Its name, known at preview. The zone must exist."""
    access: Access
    """The access with which to look it up."""


class Zone(pulumi.ComponentResource):
    """An existing zone with strict TLS."""

    id: str
    account_id: str

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Zone", name, None, opts)
        found = find_zone(args.domain, args.access)
        # The whole zone is not passed on, because its other fields change by themselves (C13).
        self.id, self.account_id = str(found["id"]), str(found["account"]["id"])
        self.settings = [self._setting(name, setting, value) for setting, value in TLS_SETTINGS.items()]
        self.register_outputs({"id": self.id, "account_id": self.account_id})

    def _setting(self, name: str, setting: str, value: str) -> cloudflare.ZoneSetting:
        return cloudflare.ZoneSetting(
            f"{name}-{setting.replace('_', '-')}",
            zone_id=self.id,
            setting_id=setting,
            value=value,
            # A zone always has every setting; the provider cannot delete one and warns if it should.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )


def find_zone(domain: str, access: Access) -> Mapping[str, Any]:
    """Return the zone of this name, looked up immediately: without it nothing is declared. Raises RefusedError.

    It does not use the plugin, which would retry for minutes before reporting Cloudflare as unreachable.
    """
    mistakes = Mistakes()
    client = Cloudflare.connect(access)
    try:
        found = client.zone(domain)
    except VendorError as error:
        mistakes.add(f"zone {domain}", f"Cloudflare {error.what}", error.remedy)
    else:
        if found is None:
            remedy = "The zone must be in an account that the token can read, and the token must be able to read it."
            mistakes.add(f"zone {domain}", "Cloudflare has no such zone for this token", remedy)
        elif found["status"] == "active":
            return found
        else:
            servers = " and ".join(found.get("name_servers") or ["those that Cloudflare shows"])
            remedy = f"Point the registrar at the name servers {servers}, and wait until the zone is active."
            mistakes.add(f"zone {domain}", f"is {found['status']}, so resolvers do not use it", remedy)
    finally:
        client.api.close()
    raise RefusedError("The stack needs its zone; nothing was changed.", mistakes)
