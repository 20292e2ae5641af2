"""Strangers in a Cloudflare account: undeclared Workers, their hosts, and Web Analytics sites."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from contract.resource_types import WEB_ANALYTICS_SITE, WORKERS_CUSTOM_DOMAIN, WORKERS_SCRIPT
from launch.strangers.model import Resource, Stranger, of_type
from vendors import Cloudflare

_REMEDY = "Remove it at Cloudflare, or declare it."


def accounts(resources: Sequence[Resource]) -> list[str]:
    """Return the ids of the accounts in which the stack has resources."""
    own = (*of_type(resources, WORKERS_SCRIPT), *of_type(resources, WEB_ANALYTICS_SITE))
    return list(dict.fromkeys(each.text("accountId") for each in own if each.text("accountId")))


def strangers(
    account: str, resources: Sequence[Resource], absent: Collection[str], cloudflare: Cloudflare
) -> Iterator[Stranger]:
    """Yield the undeclared objects in the account. Raises VendorError."""
    scripts = {each.text("scriptName") or each.id for each in of_type(resources, WORKERS_SCRIPT)}
    for script in cloudflare.scripts(account):
        if script["id"] not in scripts:
            yield _orphan(f"Worker {script['id']}", "runs nothing of this stack")
    hosts = {each.text("hostname") for each in of_type(resources, WORKERS_CUSTOM_DOMAIN)}
    for domain in cloudflare.custom_domains(account):
        host, what = str(domain["hostname"]), f"custom domain {domain['hostname']} of the Worker {domain['service']}"
        if host in absent:
            effect = "answers for a host that must be absent"
            yield Stranger(vendor="Cloudflare", beside=host, what=what, effect=effect, remedy=_REMEDY)
        elif host not in hosts:
            yield _orphan(what, "answers at a name of its own")
    yield from _sites(account, resources, cloudflare)


def _sites(account: str, resources: Sequence[Resource], cloudflare: Cloudflare) -> Iterator[Stranger]:
    declared = of_type(resources, WEB_ANALYTICS_SITE)
    tags, hosts = {each.text("siteTag") or each.id for each in declared}, {each.text("host") for each in declared}
    for site in cloudflare.analytics_sites(account):
        if site["site_tag"] in tags:
            continue
        host = str((site.get("ruleset") or {}).get("zone_name") or site.get("host") or "")
        what = f"Web Analytics site {site['site_tag']} of {host or 'no host'}"
        if host in hosts:
            effect = "is a second site of this host, so it is unclear which one counts"
            yield Stranger(vendor="Cloudflare", beside=host, what=what, effect=effect, remedy=_REMEDY)
        else:
            yield _orphan(what, "counts nothing of this stack")


def _orphan(what: str, effect: str) -> Stranger:
    return Stranger(vendor="Cloudflare", beside="the account", what=what, effect=effect, remedy="", harmless=True)
