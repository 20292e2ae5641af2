"""The Cloudflare zone: found by name, with its TLS settings.

The zone itself is not declared: registrar and name servers point at it, and a destroyed stack must not take it along.

    zone = Zone("zone", ZoneArgs(domain="prductr.com"))
    zone.id, zone.account_id
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

TLS_SETTINGS = {
    # Flexible would ask Vercel over http, whose 308 to https loops for ever (C14).
    "ssl": "strict",
    # Left on "auto" Cloudflare may choose another mode than the one above (C14).
    "ssl_automatic_mode": "custom",
    "always_use_https": "on",
    "min_tls_version": "1.2",
}


@dataclass(frozen=True, kw_only=True)
class ZoneArgs:
    """Which zone."""

    domain: str
    """Its name, known at preview; the zone exists already."""


class Zone(pulumi.ComponentResource):
    """An existing zone with strict TLS."""

    id: pulumi.Output[str]
    account_id: pulumi.Output[str]

    def __init__(self, name: str, args: ZoneArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Zone", name, None, opts)
        # Not the whole zone is passed on: its other fields change by themselves (C13).
        found = cloudflare.get_zone_output(
            filter=cloudflare.GetZoneFilterArgs(name=args.domain, match="all"),
            opts=pulumi.InvokeOutputOptions(parent=self),
        )
        self.id = found.id
        self.account_id = found.account.id
        self.settings = [self._setting(name, setting, value) for setting, value in TLS_SETTINGS.items()]
        self.register_outputs({"id": self.id, "account_id": self.account_id})

    def _setting(self, name: str, setting: str, value: str) -> cloudflare.ZoneSetting:
        return cloudflare.ZoneSetting(
            f"{name}-{setting.replace('_', '-')}",
            zone_id=self.id,
            setting_id=setting,
            value=value,
            # A zone always has every setting; the provider cannot delete one and warns when it should.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
