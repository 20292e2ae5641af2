"""Finds wanted resources at Cloudflare."""

from __future__ import annotations

from typing import Any

from vendors.existing.compare import covers, differences, made_together
from vendors.existing.inventory import Inventory
from vendors.existing.model import Found, Kept, Wanted

_ADDRESSES = ("A", "AAAA", "CNAME")
"""Record types that decide where a visitor of a host goes."""
_ONCE = ("v=spf1", "v=dmarc1")
"""Prefixes of texts of which a name may have only one."""
_RENAME = "or remove it there if nobody needs it"


def record(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The same record, or one of the same name that would answer in its place or beside it."""
    zone, host, kind = (str(wanted.get(name) or "") for name in ("zone_id", "name", "type"))
    if not (zone and host and kind):
        return None
    there = [each for each in inventory.records(zone) if _same_host(each["name"], host)]
    there = [each for each in there if not (each.get("meta") or {}).get("read_only")]
    same = [each for each in there if each["type"] == kind and _same_content(each["content"], wanted.get("content"))]
    strange = [each for each in there if not _declared(inventory, each)]
    rivals = same or [each for each in strange if _rivals(each, kind, str(wanted.get("content") or ""))]
    if not rivals:
        return None
    (first, *_) = rivals
    differs = differences(first, {"comment": wanted.get("comment") or "", "proxied": wanted.get("proxied")})
    if not same:
        differs = (f"says {first['content']!r}",)
    return Found(
        wanted=wanted,
        what=f"DNS record {first['type']} {first['name']}",
        identifier=first["id"],
        import_id=f"{zone}/{first['id']}",
        differs=differs,
        remedy=_RENAME,
    )


def _same_host(one: str, other: str) -> bool:
    return one.lower().rstrip(".") == other.lower().rstrip(".")


def _same_content(one: object, other: object) -> bool:
    return str(one).strip('"').rstrip(".").lower() == str(other).strip('"').rstrip(".").lower()


def _declared(inventory: Inventory, there: dict[str, Any]) -> bool:
    return any(
        want.get("type") == there["type"]
        and _same_host(str(want.get("name")), there["name"])
        and _same_content(want.get("content"), there["content"])
        for want in inventory.declared
    )


def _rivals(there: dict[str, Any], kind: str, content: str) -> bool:
    if there["type"] in _ADDRESSES and kind in _ADDRESSES:
        return True
    if "CNAME" in (there["type"], kind):  # a CNAME must be alone
        return True
    if there["type"] != kind:
        return False
    policy = content.strip('"').lower()
    return kind == "MX" or any(
        policy.startswith(start) and str(there["content"]).strip('"').lower().startswith(start) for start in _ONCE
    )


def ruleset(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The zone's ruleset of that phase, of which there can be only one."""
    zone, phase = str(wanted.get("zone_id") or ""), wanted.get("phase")
    there = [each for each in inventory.rulesets(zone) if each["phase"] == phase and each["kind"] == "zone"]
    if not there:
        return None
    found = inventory.cloudflare.ruleset(zone, there[0]["id"])
    names = ("name", "description", "rules")
    return Found(
        wanted=wanted,
        what=f"ruleset {found['name']!r} of the phase {phase}",
        identifier=found["id"],
        import_id=f"zones/{zone}/{found['id']}",
        differs=differences(found, {name: wanted.get(name) for name in names}),
        remedy="or move its rules elsewhere and delete it, because a zone has room for one of each phase",
    )


def script(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The Worker of that name. Its bindings hold the version of its code."""
    account, name = str(wanted.get("account_id") or ""), str(wanted.get("script_name") or "")
    settings = inventory.script_settings(account, name)
    if settings is None:
        return None
    there = {binding["name"]: binding for binding in settings.get("bindings") or []}
    bound = {str(binding["name"]): binding for binding in wanted.get("bindings") or []}
    same = there.keys() == bound.keys() and all(covers(there[key], bound[key]) for key in bound)
    return Found(
        wanted=wanted,
        what=f"Worker {name}",
        identifier=name,
        import_id=f"{account}/{name}",
        differs=() if same else ("has other bindings or code",),
        kept=Kept.AGAIN,
        remedy="or delete it there, because an upload would overwrite it",
    )


def custom_domain(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The Worker that has the host, or a DNS record in its place."""
    account, zone, host = (str(wanted.get(name) or "") for name in ("account_id", "zone_id", "hostname"))
    for each in inventory.custom_domains(account):
        if _same_host(each["hostname"], host):
            service = wanted.get("service")
            other = () if service in (None, each["service"]) else (f"belongs to the Worker {each['service']}",)
            return Found(
                wanted=wanted,
                what=f"custom domain {host}",
                identifier=each["id"],
                import_id=f"{account}/{each['id']}",
                differs=other,
                kept=Kept.AGAIN,
                remedy="or detach the host from that Worker",
            )
    for each in inventory.records(zone):
        if _same_host(each["name"], host) and each["type"] in _ADDRESSES:
            return Found(
                wanted=wanted,
                what=f"DNS record {each['type']} {host}",
                identifier=each["id"],
                differs=("takes the place of the record that a custom domain creates",),
                remedy="delete that record",
            )
    return None


def site(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The Web Analytics sites of the host. All but the first come from retries of one request."""
    account, host = str(wanted.get("account_id") or ""), str(wanted.get("host") or "")
    there = [each for each in inventory.sites(account) if _host_of(each) == host]
    if not there:
        return None
    first, *others = sorted(there, key=lambda each: str(each["created"]))
    differs = differences(first, {"auto_install": wanted.get("auto_install")})
    if others and not made_together([str(each["created"]) for each in there]):
        differs = (f"is one of {len(there)} of this host",)
    return Found(
        wanted=wanted,
        what=f"Web Analytics site of {host}",
        identifier=first["site_tag"],
        import_id=f"{account}/{first['site_tag']}",
        differs=differs,
        copies=tuple(each["site_tag"] for each in others),
        remedy="or delete it there, with its history",
    )


def site_copies(inventory: Inventory, wanted: Wanted, held: str) -> list[str]:
    """Tags of sites of the same host that retries of one request created beside the site `held`."""
    account, host = str(wanted.get("account_id") or ""), str(wanted.get("host") or "")
    there = {each["site_tag"]: each for each in inventory.sites(account) if _host_of(each) == host}
    mine = there.pop(held, None)
    return [tag for tag, each in there.items() if mine and made_together([each["created"], mine["created"]])]


def _host_of(there: dict[str, Any]) -> str:
    """The API returns a site's host as the name of its ruleset's zone."""
    return str((there.get("ruleset") or {}).get("zone_name") or there.get("host") or "")


FINDERS = {
    "cloudflare:index/dnsRecord:DnsRecord": record,
    "cloudflare:index/ruleset:Ruleset": ruleset,
    "cloudflare:index/workersScript:WorkersScript": script,
    "cloudflare:index/workersCustomDomain:WorkersCustomDomain": custom_domain,
    "cloudflare:index/webAnalyticsSite:WebAnalyticsSite": site,
}
COPIES = {"cloudflare:index/webAnalyticsSite:WebAnalyticsSite": site_copies}
