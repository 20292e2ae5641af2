"""What can be adopted at Cloudflare, and what blocks the rest."""

from __future__ import annotations

import re
from typing import Any

from vendors.adoptable.model import Candidate, Found, Obstacle, Way
from vendors.existing import Inventory, Wanted

_ADDRESSES = ("A", "AAAA", "CNAME")
_POLICIES = ("v=spf1", "v=dmarc1")
"""Prefixes of texts of which a name may have only one."""
_AT_VERCEL = re.compile(r"76\.76\.21\.\d+|216\.198\.79\.\d+|(?:[\w-]+\.)*vercel-dns(?:-\d+)?\.com\.?")
_REMADE = ("type", "name", "content", "proxied", "ttl", "priority", "comment", "data", "tags")
"""The fields needed to create a record again."""
_RULESET = ("name", "description", "kind", "phase", "rules")
_OF_RULE = ("id", "version", "last_updated")
"""Fields that Cloudflare adds to a rule."""


def plain(text: object) -> str:
    """The normal form in which names and contents are compared."""
    return str(text).strip('"').rstrip(".").lower()


def leads_to_vercel(record: dict[str, Any]) -> bool:
    """Whether the record leads visitors to Vercel."""
    return record["type"] in _ADDRESSES and bool(_AT_VERCEL.fullmatch(str(record["content"])))


def described(record: dict[str, Any]) -> str:
    """A record for people."""
    proxied = ", proxied" if record.get("proxied") else ""
    return f"DNS record {record['type']} {record['name']} ({str(record['content'])[:80]}{proxied})"


def at_host(inventory: Inventory, zone: str, host: str) -> list[dict[str, Any]]:
    """The records of a name, without those that Cloudflare created itself."""
    return [
        each
        for each in inventory.records(zone)
        if plain(each["name"]) == plain(host) and not (each.get("meta") or {}).get("read_only")
    ]


def record(inventory: Inventory, wanted: Wanted) -> Found:
    """Records of the same name with the same purpose, and those that cannot coexist with it."""
    zone, host, kind = (str(wanted.get(name) or "") for name in ("zone_id", "name", "type"))
    content = str(wanted.get("content") or "")
    there = at_host(inventory, zone, host)
    same = [each for each in there if each["type"] == kind and _same_purpose(each, content)]
    in_the_way = [each for each in there if each["type"] != kind and _excludes(each["type"], kind)]
    return Found(
        candidates=tuple(
            Candidate(what=described(each), identifier=each["id"], import_id=f"{zone}/{each['id']}") for each in same
        ),
        obstacles=tuple(
            _record_in_the_way(each, zone, f"leaves no room for the {kind} record of the stack") for each in in_the_way
        ),
    )


def _same_purpose(record: dict[str, Any], content: str) -> bool:
    """A host is answered by all of its addresses. Mail servers and texts may have others beside them."""
    if record["type"] == "TXT":
        policy = next((start for start in _POLICIES if plain(content).startswith(start)), plain(content))
        return plain(record["content"]).startswith(policy)
    return record["type"] != "MX" or plain(record["content"]) == plain(content)


def _excludes(there: str, kind: str) -> bool:
    return "CNAME" in (there, kind) or (there in _ADDRESSES and kind in _ADDRESSES)


def _record_in_the_way(record: dict[str, Any], zone: str, why: str) -> Obstacle:
    loops = bool(record.get("proxied")) and leads_to_vercel(record)
    return Obstacle(
        kind="record",
        what=described(record),
        identifier=record["id"],
        way=Way.REMOVE,
        why=f"{why}; it only loops: a proxied Vercel host" if loops else why,
        remedy="If anybody needs it, make it answer under another name first.",
        consent=not loops,
        visible=record["type"] in _ADDRESSES,
        where=zone,
        document={name: record[name] for name in _REMADE if record.get(name) not in (None, [])},
    )


def ruleset(inventory: Inventory, wanted: Wanted) -> Found:
    """The zone's ruleset of that phase, of which there is only one. A rename would replace it."""
    zone, phase = str(wanted.get("zone_id") or ""), wanted.get("phase")
    for each in inventory.rulesets(zone):
        if each["phase"] != phase or each["kind"] != "zone":
            continue
        found = inventory.cloudflare.ruleset(zone, each["id"])
        what = f"ruleset {found['name']!r} with {len(found.get('rules') or [])} rules of the phase {phase}"
        if found["name"] == wanted.get("name"):
            identifier = f"zones/{zone}/{found['id']}"
            return Found(candidates=(Candidate(what=what, identifier=found["id"], import_id=identifier),))
        return Found(obstacles=(_ruleset_in_the_way(found, zone, what),))
    return Found()


def _ruleset_in_the_way(found: dict[str, Any], zone: str, what: str) -> Obstacle:
    limits = found["phase"] == "http_ratelimit"
    elsewhere = (
        "Or keep it: pulumi config set burstRequests 0."
        if limits
        else "Move its rules to Bulk Redirects, which use another phase, or to components/redirects.py."
    )
    rules = [{key: value for key, value in rule.items() if key not in _OF_RULE} for rule in found.get("rules") or []]
    return Obstacle(
        kind="ruleset",
        what=what,
        identifier=found["id"],
        way=Way.REMOVE,
        why="leaves no room for the stack's: a zone has one in each phase",
        remedy=elsewhere,
        consent=bool(rules),
        visible=bool(rules),
        where=zone,
        document={name: found[name] for name in _RULESET if name in found and name != "rules"} | {"rules": rules},
    )


def script(inventory: Inventory, wanted: Wanted) -> Found:
    """A Worker of that name. An upload would overwrite it, and no import compares code."""
    name = str(wanted.get("script_name") or "")
    if inventory.script_settings(str(wanted.get("account_id") or ""), name) is None:
        return Found()
    why = "has other code or bindings than the stack's, which would overwrite it"
    remedy = "Delete it at Cloudflare, or keep it under another name."
    return Found(
        obstacles=(
            Obstacle(kind="worker", what=f"Worker {name}", identifier=name, way=Way.PERSON, why=why, remedy=remedy),
        )
    )


def custom_domain(inventory: Inventory, wanted: Wanted) -> Found:
    """The Worker that has the host, or whatever answers for it today: a record, or a Vercel project's domain."""
    account, zone, host = (str(wanted.get(name) or "") for name in ("account_id", "zone_id", "hostname"))
    for each in inventory.custom_domains(account):
        if plain(each["hostname"]) == plain(host):
            return _at_worker(each, wanted, account, host)
    records = [each for each in at_host(inventory, zone, host) if each["type"] in _ADDRESSES]
    why = "takes the place of the record that a Worker's custom domain creates"
    attached = [
        (project, domain)
        for project in inventory.projects()
        for domain in inventory.domains(project["id"])
        if plain(domain["name"]) == plain(host)
    ]
    return Found(
        obstacles=(
            *(_record_in_the_way(each, zone, why) for each in records),
            *(
                Obstacle(
                    kind="domain",
                    what=f"domain {host} of the Vercel project {project['name']}",
                    identifier=f"{project['id']}/{host}",
                    way=Way.DETACH,
                    why="answers for a host that a Worker is to serve",
                    visible=True,
                    where=project["id"],
                    document={"name": domain["name"]}
                    | {
                        name: domain[name]
                        for name in ("redirect", "redirectStatusCode", "gitBranch")
                        if domain.get(name)
                    },
                )
                for project, domain in attached
            ),
        )
    )


def _at_worker(there: dict[str, Any], wanted: Wanted, account: str, host: str) -> Found:
    if wanted.get("service") in (None, there["service"]):
        what = f"custom domain {host} of the Worker {there['service']}"
        return Found(candidates=(Candidate(what=what, identifier=there["id"], import_id=f"{account}/{there['id']}"),))
    return Found(
        obstacles=(
            Obstacle(
                kind="domain",
                what=f"custom domain {host}",
                identifier=there["id"],
                way=Way.PERSON,
                why=f"belongs to the Worker {there['service']}",
                remedy="Detach the host from that Worker at Cloudflare.",
            ),
        )
    )


def site(inventory: Inventory, wanted: Wanted) -> Found:
    """The Web Analytics sites of the host."""
    account, host = str(wanted.get("account_id") or ""), str(wanted.get("host") or "")
    there = [
        each
        for each in inventory.sites(account)
        if str((each.get("ruleset") or {}).get("zone_name") or each.get("host") or "") == host
    ]
    return Found(
        candidates=tuple(
            Candidate(
                what=f"Web Analytics site of {host}, made {each['created']}",
                identifier=each["site_tag"],
                import_id=f"{account}/{each['site_tag']}",
            )
            for each in there
        )
    )


def setting(_: Inventory, wanted: Wanted) -> Found:
    """A zone always has every setting, with one value or another."""
    zone, name = str(wanted.get("zone_id") or ""), str(wanted.get("setting_id") or "")
    return Found(
        candidates=(Candidate(what=f"setting {name} of the zone", identifier=name, import_id=f"{zone}/{name}"),)
    )


FINDERS = {
    "cloudflare:index/zoneSetting:ZoneSetting": setting,
    "cloudflare:index/dnsRecord:DnsRecord": record,
    "cloudflare:index/ruleset:Ruleset": ruleset,
    "cloudflare:index/workersScript:WorkersScript": script,
    "cloudflare:index/workersCustomDomain:WorkersCustomDomain": custom_domain,
    "cloudflare:index/webAnalyticsSite:WebAnalyticsSite": site,
}
