"""DNS records of the zone: hosts that Vercel serves, hosts that Cloudflare redirects, and mail.

Hosts of Workers are missing on purpose: a custom domain creates its own record and refuses existing ones (C7).

    Records("dns", RecordsArgs(zone_id=zone.id, domain="prductr.com", sites={"prductr.com": domain}, ...))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.mark import MARK
from components.settings import NOBODY, Mail

VERCEL_ADDRESS = "76.76.21.21"
"""The address for an apex, which cannot be a CNAME."""
VERCEL_NAME = "cname.vercel-dns.com"
PLACEHOLDER = "100::"
"""Discard-only address (RFC 6666): Cloudflare answers for the host itself and never contacts an origin."""

AUTOMATIC_TTL = 1
"""The only TTL that Cloudflare accepts for a proxied record (C3)."""
SITE_TTL = 300
MAIL_TTL = 3600


@dataclass(frozen=True, kw_only=True)
class RecordsArgs:
    """The zone and the hosts that it resolves."""

    zone_id: pulumi.Input[str]
    domain: str
    sites: Mapping[str, pulumi.Resource]
    """Host that Vercel serves -> its domain there. The domain is attached before the record is created and detached
    after the record is removed, so the name never points at a host that somebody else could claim."""
    redirects: Iterable[str]
    """Hosts whose requests Cloudflare itself answers."""
    mail: Mail


class Records(pulumi.ComponentResource):
    """All records that this stack owns."""

    def __init__(self, name: str, args: RecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Records", name, None, opts)
        self._zone_id = args.zone_id
        for host, domain in args.sites.items():
            self._site(f"{name}-{_label(host, args.domain)}", host, apex=host == args.domain, domain=domain)
        for host in args.redirects:
            self._record(f"{name}-{_label(host, args.domain)}", host, "AAAA", PLACEHOLDER, proxied=True)
        self._mail(name, args.domain, args.mail)
        self.register_outputs({})

    def _site(self, name: str, host: str, *, apex: bool, domain: pulumi.Resource) -> None:
        kind, content = ("A", VERCEL_ADDRESS) if apex else ("CNAME", VERCEL_NAME)
        self._record(name, host, kind, content, ttl=SITE_TTL, depends_on=[domain])

    def _mail(self, name: str, domain: str, mail: Mail) -> None:
        for index, server in enumerate(mail.servers):
            priority = 0 if server == NOBODY else 10 * (index + 1)
            self._record(f"{name}-mx-{index}", domain, "MX", server, ttl=MAIL_TTL, priority=priority)
        self._record(f"{name}-spf", domain, "TXT", f'"{mail.spf}"', ttl=MAIL_TTL)
        self._record(f"{name}-dmarc", f"_dmarc.{domain}", "TXT", f'"{mail.dmarc}"', ttl=MAIL_TTL)

    def _record(
        self,
        name: str,
        host: str,
        kind: str,
        content: str,
        *,
        proxied: bool = False,
        ttl: int = AUTOMATIC_TTL,
        priority: int | None = None,
        depends_on: Iterable[pulumi.Resource] = (),
    ) -> None:
        cloudflare.DnsRecord(
            name,
            zone_id=self._zone_id,
            # The full name, because the API returns it: "@" would differ for ever (C1).
            name=host,
            type=kind,
            # The API requires quotes around the text of a TXT record.
            content=content,
            proxied=proxied,
            ttl=AUTOMATIC_TTL if proxied else ttl,
            priority=priority,
            comment=MARK,
            # A name cannot have its old and new record at once (C11).
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=list(depends_on)),
        )


def _label(host: str, domain: str) -> str:
    return "apex" if host == domain else host.removesuffix(f".{domain}")
