"""Strangers in a zone: undeclared records, routes in front of declared hosts, rules and page rules."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contract.resource_types import DNS_RECORD, RULESET, WORKERS_CUSTOM_DOMAIN
from launch.strangers.model import Resource, Stranger, of_type
from vendors import Cloudflare

_LEADS_VISITORS = ("A", "AAAA", "CNAME", "HTTPS", "SVCB", "URI", "DNAME", "NS")
_POLICIES = {"v=spf1": "SPF", "v=dmarc1": "DMARC"}
"""Beginnings of texts, in lower case, of which a name must have only one."""
_OF_WORKER = ("AAAA", "100::")
"""The record that a Worker's custom domain creates by itself (C7)."""
_REMEDY = "Remove it at Cloudflare, or declare it."


@dataclass(frozen=True)
class Zone:
    """The declarations of the stack for one zone."""

    id: str
    records: Sequence[Resource]
    worker_hosts: Collection[str]
    absent: Collection[str]
    """Hosts that must have no record at all."""
    rulesets: Collection[str]
    """Ids of the declared rulesets."""

    @property
    def names(self) -> set[str]:
        """Every declared name."""
        return {record.text("name") for record in self.records} | {*self.worker_hosts, *self.absent}


def zones(resources: Sequence[Resource], absent: Collection[str]) -> list[Zone]:
    """Return the zones in which the stack has resources."""
    records, domains = of_type(resources, DNS_RECORD), of_type(resources, WORKERS_CUSTOM_DOMAIN)
    rulesets = of_type(resources, RULESET)
    ids = dict.fromkeys(each.text("zoneId") for each in (*records, *domains, *rulesets))
    return [
        Zone(
            id=zone,
            records=[each for each in records if each.text("zoneId") == zone],
            worker_hosts={each.text("hostname") for each in domains if each.text("zoneId") == zone},
            absent=absent,
            rulesets={each.id.rpartition("/")[2] for each in rulesets if each.text("zoneId") == zone},
        )
        for zone in ids
        if zone
    ]


def strangers(zone: Zone, cloudflare: Cloudflare) -> Iterator[Stranger]:
    """Yield the undeclared objects in the zone. Raises VendorError."""
    declared = {each.id.rpartition("/")[2] for each in zone.records}
    for record in cloudflare.dns_records(zone.id):
        if record["id"] not in declared:
            yield from _record(record, zone)
    for route in cloudflare.worker_routes(zone.id):
        yield from _route(route, zone)
    for ruleset in cloudflare.rulesets(zone.id):
        if ruleset.get("kind") == "zone" and ruleset["id"] not in zone.rulesets:
            yield from _ruleset(cloudflare.ruleset(zone.id, ruleset["id"]))
    for rule in cloudflare.page_rules(zone.id):
        yield from _page_rule(rule, zone)


def _record(record: dict[str, Any], zone: Zone) -> Iterator[Stranger]:
    name, kind, content = str(record["name"]), str(record["type"]), str(record.get("content", ""))
    if name in zone.worker_hosts and (kind, content) == _OF_WORKER:
        return
    at_name = [each for each in zone.records if each.text("name") == name]
    effect = ""
    if name.startswith("*.") and any(host.endswith(name[1:]) for host in zone.absent):
        effect = "answers for a host that must be absent"
    elif name not in zone.names:
        yield _orphan(name, f"{kind} record {record['id']} with {content[:80]}", "answers at a name of its own")
    elif kind in _LEADS_VISITORS:
        effect = "leads a part of the visitors elsewhere"
    elif kind == "CAA":
        effect = "decides who may issue certificates"
    elif kind == "MX" and any(each.text("type") == "MX" for each in at_name):
        effect = "takes a part of the mail"
    elif kind == "TXT" and (policy := _policy(content)) in {_policy(each.text("content")) for each in at_name} - {None}:
        effect = f"is a second {policy} policy, so receivers follow neither"
    elif name in zone.names and kind in ("TXT", "MX", "SRV", "TLSA"):
        yield _orphan(name, f"{kind} record {record['id']} with {content[:80]}", "changes nothing that is declared")
    if effect:
        what = f"{kind} record {record['id']} with {content[:80]}"
        yield Stranger(vendor="Cloudflare", beside=name, what=what, effect=effect, remedy=_REMEDY)


def _policy(content: str) -> str | None:
    plain = content.strip().strip('"').lower()
    return next((policy for start, policy in _POLICIES.items() if plain.startswith(start)), None)


def _route(route: dict[str, Any], zone: Zone) -> Iterator[Stranger]:
    pattern = str(route["pattern"])
    host = pattern.partition("://")[2] or pattern
    matches = re.compile(re.escape(host.partition("/")[0]).replace(r"\*", ".*"))
    script = route.get("script") or "none, which switches Workers off"
    what = f"route {pattern} to the Worker {script}"
    hit = sorted(each for each in zone.names if matches.fullmatch(each))
    if not hit:
        yield _orphan("the zone", what, "meets no declared host")
    for name in hit:
        yield Stranger(
            vendor="Cloudflare", beside=name, what=what, effect="answers in place of what is declared", remedy=_REMEDY
        )


def _ruleset(ruleset: dict[str, Any]) -> Iterator[Stranger]:
    rules = [rule for rule in ruleset.get("rules") or [] if rule.get("enabled", True)]
    if rules:
        what = f"{len(rules)} rules of the phase {ruleset['phase']} ({ruleset.get('name') or ruleset['id']})"
        effect = "act on requests before anything declared does"
        yield Stranger(vendor="Cloudflare", beside="the zone", what=what, effect=effect, remedy=_REMEDY)


def _page_rule(rule: dict[str, Any], zone: Zone) -> Iterator[Stranger]:
    if rule.get("status") != "active":
        return
    pattern = str(((rule.get("targets") or [{}])[0].get("constraint") or {}).get("value", ""))
    host = (pattern.partition("://")[2] or pattern).partition("/")[0].partition(":")[0]
    matches = re.compile(re.escape(host).replace(r"\*", ".*"))
    actions = ", ".join(str(each.get("id")) for each in rule.get("actions") or [])
    what = f"page rule {rule['id']} for {pattern} ({actions})"
    hit = sorted(each for each in zone.names if matches.fullmatch(each))
    if not hit:
        yield _orphan("the zone", what, "meets no declared host")
    for name in hit:
        effect = "acts on requests before anything declared does"
        yield Stranger(vendor="Cloudflare", beside=name, what=what, effect=effect, remedy=_REMEDY)


def _orphan(beside: str, what: str, effect: str) -> Stranger:
    return Stranger(vendor="Cloudflare", beside=beside, what=what, effect=effect, remedy="", harmless=True)
