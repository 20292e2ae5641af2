"""Permanent redirects from host to host, answered by Cloudflare, keeping path and query.

A zone has a single ruleset for redirects, so they are one resource. Their records are in `records.py`.

    Redirects("redirects", RedirectsArgs(zone_id=zone.id, hosts={"www.prductr.com": "prductr.com"}))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

PERMANENT = 308
"""Unlike 301, this status keeps method and body."""


@dataclass(frozen=True, kw_only=True)
class RedirectsArgs:
    """Sources and targets."""

    zone_id: pulumi.Input[str]
    hosts: Mapping[str, str]
    """Host -> target host."""

    def __post_init__(self) -> None:
        for host, target in self.hosts.items():
            if target in self.hosts:
                raise ValueError(f"hosts: {host} redirects to {target}, which is redirected too; name the final host")


class Redirects(pulumi.ComponentResource):
    """The zone's redirect rules."""

    def __init__(self, name: str, args: RedirectsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Redirects", name, None, opts)
        cloudflare.Ruleset(
            f"{name}-ruleset",
            zone_id=args.zone_id,
            name="prductr redirects",
            description="Hosts that redirect to another host",
            kind="zone",
            phase="http_request_dynamic_redirect",
            rules=[_rule(host, target) for host, target in sorted(args.hosts.items())],
            # A zone has room for one ruleset of the phase.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.register_outputs({})


def _rule(host: str, target: str) -> cloudflare.RulesetRuleArgs:
    return cloudflare.RulesetRuleArgs(
        # With an explicit reference, a rule keeps its identity when other rules are added or removed (C10).
        ref=f"redirect_{host.replace('.', '_').replace('-', '_')}",
        description=f"{host} to {target}",
        enabled=True,
        expression=f'(http.host eq "{host}")',
        action="redirect",
        action_parameters=cloudflare.RulesetRuleActionParametersArgs(
            from_value=cloudflare.RulesetRuleActionParametersFromValueArgs(
                status_code=PERMANENT,
                preserve_query_string=True,
                target_url=cloudflare.RulesetRuleActionParametersFromValueTargetUrlArgs(
                    expression=f'concat("https://{target}", http.request.uri.path)'
                ),
            )
        ),
    )
