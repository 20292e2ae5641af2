"""What the vendors have beside the declaration. An adoption leaves it alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from vendors.adoptable.cloudflare import described, plain
from vendors.adoptable.model import Match, Other
from vendors.adoptable.vercel import declared_project
from vendors.existing import Inventory

_RECORD = "cloudflare:index/dnsRecord:DnsRecord"
_CUSTOM_DOMAIN = "cloudflare:index/workersCustomDomain:WorkersCustomDomain"
_DOMAIN = "vercel:index/projectDomain:ProjectDomain"
_VARIABLE = "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable"
_DATABASE = "neon:index/project:Project"
_OWN = ".vercel.app"


def others(inventory: Inventory, matches: Iterable[Match], held: Iterable[str] = ()) -> list[Other]:
    """What the declared zones and projects have that is neither declared nor matched. `held` are ids in the state.

    Raises VendorError.
    """
    taken = set(held)
    for each in matches:
        taken |= {candidate.identifier for candidate in each.candidates}
        taken |= {obstacle.identifier for obstacle in each.obstacles}
    return [*_in_zones(inventory, taken), *_in_projects(inventory, taken), *_in_databases(inventory)]


def _in_zones(inventory: Inventory, taken: set[str]) -> Iterator[Other]:
    zones = {str(each.get("zone_id")) for each in inventory.declared if each.kind == _RECORD and each.get("zone_id")}
    workers = {plain(each.get("hostname")) for each in inventory.declared if each.kind == _CUSTOM_DOMAIN}
    for zone in sorted(zones):
        for record in inventory.records(zone):
            made_by_worker = plain(record["name"]) in workers and record["type"] == "AAAA"
            if record["id"] in taken or made_by_worker:
                continue
            wild = record["name"].startswith("*.")
            effect = "keeps answering for every name that has no record of its own" if wild else "stays as it is"
            yield Other(what=described(record), where="the zone", effect=effect)
        for ruleset in inventory.rulesets(zone):
            if ruleset["kind"] == "zone" and ruleset["id"] not in taken:
                what = f"ruleset {ruleset['name']!r} of the phase {ruleset['phase']}"
                yield Other(what=what, where="the zone", effect="stays as it is")


def _in_projects(inventory: Inventory, taken: set[str]) -> Iterator[Other]:
    names = dict.fromkeys(each.project for each in inventory.declared if each.kind == _DOMAIN)
    for name in names:
        wanted = next(each for each in inventory.declared if each.kind == _DOMAIN and each.project == name)
        project = declared_project(inventory, wanted)
        if project is None:
            continue
        where = f"the Vercel project {project['name']}"
        hosts = {plain(each.get("domain")) for each in inventory.declared if each.kind == _DOMAIN}
        for domain in inventory.domains(project["id"]):
            host = plain(domain["name"])
            if not (host.endswith(_OWN) or host in hosts or _is_taken(f"{project['id']}/{host}", taken)):
                yield Other(what=f"domain {host}", where=where, effect="stays as it is")
        keys = {str(each.get("key")) for each in inventory.declared if each.kind == _VARIABLE and each.project == name}
        for variable in inventory.variables(project["id"]):
            if variable["id"] in taken or (variable["key"] in keys and "production" in (variable.get("target") or ())):
                continue
            what = f"variable {variable['key']} ({', '.join(variable.get('target') or ['no target'])})"
            yield Other(what=what, where=where, effect="stays as it is")


def _is_taken(identifier: str, taken: Sequence[str] | set[str]) -> bool:
    return identifier in taken


def _in_databases(inventory: Inventory) -> Iterator[Other]:
    for wanted in inventory.declared:
        if wanted.kind != _DATABASE:
            continue
        there = inventory.databases(str(wanted.get("org_id")), str(wanted.get("name")))
        for project in there if len(there) == 1 else []:
            for branch in inventory.neon.branches(project["id"]):
                if not branch.get("default"):
                    what = f"branch {branch['name']} of the Neon project {project['id']}"
                    yield Other(
                        what=what, where="Neon", effect="stays as it is, with its computes and its copy of the data"
                    )
