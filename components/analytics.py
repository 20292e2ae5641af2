"""Cloudflare Web Analytics of one host, with the token for its beacon.

The site is declared by host, not by zone, and installs nothing by itself: Cloudflare can add the beacon only to pages
that it proxies, and it does not proxy Vercel's. A site declared by zone would also need a new token for any change
(C12).

    analytics = Analytics("analytics", AnalyticsArgs(account_id=zone.account_id, host="prductr.com"))
    analytics.token, analytics.snippet
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare


@dataclass(frozen=True, kw_only=True)
class AnalyticsArgs:
    """The account and the measured host."""

    account_id: pulumi.Input[str]
    host: str


class Analytics(pulumi.ComponentResource):
    """A Web Analytics site."""

    site_tag: pulumi.Output[str]
    token: pulumi.Output[str]
    """32 hexadecimal characters. Public: it is part of every page."""
    snippet: pulumi.Output[str]
    """The beacon, ready to paste before the end of the body."""

    def __init__(self, name: str, args: AnalyticsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Analytics", name, None, opts)
        site = cloudflare.WebAnalyticsSite(
            f"{name}-site",
            account_id=args.account_id,
            host=args.host,
            auto_install=False,
            # Replacing the site would lose its history (C12).
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.site_tag = site.site_tag
        self.token = site.site_token
        self.snippet = site.site_token.apply(beacon)
        self.register_outputs({"site_tag": self.site_tag, "token": self.token, "snippet": self.snippet})


def beacon(token: str) -> str:
    """Return the script element that reports page views to the site with this token."""
    source = "https://static.cloudflareinsights.com/beacon.min.js"
    return f"<script defer src=\"{source}\" data-cf-beacon='{json.dumps({'token': token})}'></script>"
