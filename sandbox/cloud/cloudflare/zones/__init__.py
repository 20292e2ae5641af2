"""Zones: settings, DNS records, rulesets."""

from sandbox.cloud.cloudflare.zones import dns_records, rulesets, zone_settings, zones
from sandbox.cloud.cloudflare.zones.dns_validation import validated

__all__ = [
    "dns_records",
    "rulesets",
    "validated",
    "zone_settings",
    "zones",
]
