"""What can be adopted at Vercel, and what blocks the rest."""

from __future__ import annotations

from typing import Any

from vendors.adoptable.cloudflare import at_host, leads_to_vercel
from vendors.adoptable.model import Candidate, Found, Obstacle, Way
from vendors.existing import Inventory, Wanted

_RECORD = "cloudflare:index/dnsRecord:DnsRecord"
_KEPT = ("redirect", "redirectStatusCode", "gitBranch")
"""The fields of a project's domain besides its name."""


def project(inventory: Inventory, wanted: Wanted) -> Found:
    """The project of that name, ignoring case: older projects have capitals, and hosts do not distinguish them."""
    name = str(wanted.get("name"))
    exact = inventory.project(name)
    there = [exact] if exact else [each for each in inventory.projects() if each["name"].lower() == name.lower()]
    return Found(
        candidates=tuple(
            Candidate(what=f"Vercel project {each['name']}", identifier=each["id"], import_id=each["id"])
            for each in there
        )
    )


def declared_project(inventory: Inventory, wanted: Wanted) -> dict[str, Any] | None:
    """The project that a wanted part belongs to, if there is exactly one."""
    found = project(inventory, Wanted(kind="", name="", inputs={"name": wanted.project})).candidates
    return inventory.project(found[0].identifier) if len(found) == 1 else None


def domain(inventory: Inventory, wanted: Wanted) -> Found:
    """The host on its project, the project of the team that has it, or a hint that another team has it."""
    host, mine = str(wanted.get("domain")), declared_project(inventory, wanted)
    for each in inventory.domains(mine["id"]) if mine else []:
        if each["name"].lower() == host.lower():
            return _on_its_project(each, wanted, host)
    for other in inventory.projects():
        if mine and other["id"] == mine["id"]:
            continue
        for each in inventory.domains(other["id"]):
            if each["name"].lower() == host.lower():
                return Found(obstacles=(_to_be_moved(each, other, wanted, host),))
    return Found(obstacles=_held_elsewhere(inventory, host))


def _on_its_project(there: dict[str, Any], wanted: Wanted, host: str) -> Found:
    what = f"domain {host} of the Vercel project {wanted.project}"
    import_id = f"{there.get('projectId') or wanted.project}/{host}"
    candidate = Candidate(what=what, identifier=host, import_id=import_id)
    if there.get("verified", True):
        return Found(candidates=(candidate,))
    proofs = [f"{each['type']} {each['domain']} {each['value']}" for each in there.get("verification") or []]
    asked = f": make the record {'; '.join(proofs)}, then verify it at Vercel" if proofs else ": verify it at Vercel"
    return Found(
        candidates=(candidate,),
        refusals=(f"{what} is not verified because another team holds it, so it answers no requests{asked}.",),
    )


def _to_be_moved(there: dict[str, Any], holder: dict[str, Any], wanted: Wanted, host: str) -> Obstacle:
    return Obstacle(
        kind="domain",
        what=f"domain {host} of the Vercel project {holder['name']}",
        identifier=f"{holder['id']}/{host}",
        way=Way.MOVE,
        why=f"belongs to a project other than {wanted.project}; it moves last, in one call",
        visible=True,
        where=holder["id"],
        document={"name": there["name"], "from": holder["name"], "to": wanted.project}
        | {name: there[name] for name in _KEPT if there.get(name)},
    )


def _held_elsewhere(inventory: Inventory, host: str) -> tuple[Obstacle, ...]:
    zones = {str(each.get("zone_id")) for each in inventory.declared if each.kind == _RECORD and each.get("zone_id")}
    if not any(leads_to_vercel(each) for zone in zones for each in at_host(inventory, zone, host)):
        return ()
    return (
        Obstacle(
            kind="domain",
            what=f"domain {host}",
            identifier=host,
            way=Way.ACCEPT,
            why="points to Vercel, but no project of this team has it: another team may hold it",
            remedy="Find the team that has it and detach it there; if nobody has it any more, it can be claimed.",
            consent=True,
        ),
    )


def variable(inventory: Inventory, wanted: Wanted) -> Found:
    """The variable of that key with the same targets. Its type cannot be changed."""
    mine = declared_project(inventory, wanted)
    key, targets = str(wanted.get("key")), set(wanted.get("targets") or ())
    kind = "sensitive" if wanted.get("sensitive") else "encrypted"
    for each in inventory.variables(mine["id"]) if mine else []:
        there = _targets(each)
        if each["key"] != key or each.get("gitBranch") or not there & targets:
            continue
        what = f"variable {key} of the Vercel project {wanted.project} ({each['type']}, {', '.join(sorted(there))})"
        if there == targets and each["type"] == kind:
            import_id = f"{mine['id'] if mine else ''}/{each['id']}"
            return Found(candidates=(Candidate(what=what, identifier=each["id"], import_id=import_id),))
        return Found(obstacles=(_variable_in_the_way(each, what, str(mine["id"] if mine else ""), targets, kind),))
    return Found()


def _variable_in_the_way(each: dict[str, Any], what: str, project: str, targets: set[str], kind: str) -> Obstacle:
    there = _targets(each)
    rest = sorted(there - targets)
    document = {"key": each["key"], "type": each["type"], "target": sorted(there), "comment": each.get("comment") or ""}
    if rest:
        return Obstacle(
            kind="variable",
            what=what,
            identifier=each["id"],
            way=Way.NARROW,
            why=f"would exist twice for {', '.join(sorted(there & targets))}; it keeps {', '.join(rest)} and its value",
            where=project,
            document={**document, "rest": rest},
        )
    return Obstacle(
        kind="variable",
        what=what,
        identifier=each["id"],
        way=Way.REMOVE,
        why=f"is {each['type']}, but the stack declares it {kind}, and the type cannot be changed",
        remedy="Save its value first if it is not stored elsewhere; the running deployment keeps it as it was.",
        where=project,
        document=document,
        lost="has a value that is stored nowhere but in the deployments built with it",
    )


def _targets(there: dict[str, Any]) -> set[str]:
    found = there.get("target") or []
    return {found} if isinstance(found, str) else set(found)


def nothing(_: Inventory, __: Wanted) -> Found:
    """No provider imports a deployment: another one is created, and the existing ones stay."""
    return Found()


FINDERS = {
    "vercel:index/project:Project": project,
    "vercel:index/projectDomain:ProjectDomain": domain,
    "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable": variable,
    "vercel:index/deployment:Deployment": nothing,
}
