"""The burst shield: Cloudflare blocks an address that sends far more requests than any user may.

It protects the exact limit behind it against floods of requests without a valid token. It counts by address alone,
across all hosts that Cloudflare proxies: on a free zone such a rule can match neither hosts nor headers, and there is
only one rule.

    Shield("shield", ShieldArgs(zone_id=zone.id, requests=1000))
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.mark import MARK
from components.settings import BURST_SECONDS


@dataclass(frozen=True, kw_only=True)
class ShieldArgs:
    """The threshold."""

    zone_id: pulumi.Input[str]
    requests: int
    """Requests of one address in BURST_SECONDS; at least what the largest plan allows in its whole window (L15)."""


class Shield(pulumi.ComponentResource):
    """The zone's rate limiting rule."""

    def __init__(self, name: str, args: ShieldArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Shield", name, None, opts)
        cloudflare.Ruleset(
            f"{name}-ruleset",
            zone_id=args.zone_id,
            name="burst shield",
            description=MARK,
            kind="zone",
            phase="http_ratelimit",
            rules=[
                cloudflare.RulesetRuleArgs(
                    ref="burst",
                    description="No user needs so many requests in so short a time",
                    # Monitors request /health from few addresses, and must not be blocked when they are needed.
                    expression='http.request.uri.path ne "/health"',
                    action="block",
                    enabled=True,
                    ratelimit=cloudflare.RulesetRuleRatelimitArgs(
                        characteristics=["cf.colo.id", "ip.src"],
                        period=BURST_SECONDS,
                        requests_per_period=args.requests,
                        mitigation_timeout=BURST_SECONDS,
                    ),
                )
            ],
            # A zone has one ruleset for each phase (C10, C11).
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.register_outputs({})
