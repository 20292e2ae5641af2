"""Finds wanted resources at Vercel."""

from __future__ import annotations

from typing import Any

from vendors.existing.compare import differences
from vendors.existing.inventory import Inventory
from vendors.existing.model import Found, Kept, Wanted

_OWN = ".vercel.app"
"""Suffix of the host that each project has from the start."""


def project(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The project of that name. One that a lost answer left behind is bare: nothing could be created in it."""
    there = inventory.project(str(wanted.get("name")))
    if there is None:
        return None
    link, source = there.get("link") or {}, wanted.get("git_repository") or {}
    repository = f"{link.get('org')}/{link.get('repo')}" if link else None
    differs = differences(
        {"framework": there.get("framework"), "folder": there.get("rootDirectory"), "repository": repository},
        {
            "framework": wanted.get("framework"),
            "folder": wanted.get("root_directory"),
            "repository": source.get("repo"),
        },
    )
    if not differs:
        differs = tuple(_contents(inventory, there["id"]))
    return Found(
        wanted=wanted,
        what=f"Vercel project {there['name']}",
        identifier=there["id"],
        import_id=there["id"],
        differs=differs,
        remedy="or give the declared one another name in the settings",
    )


def _contents(inventory: Inventory, identifier: str) -> list[str]:
    hosts = [each["name"] for each in inventory.domains(identifier) if not each["name"].endswith(_OWN)]
    kinds = {
        "a domain of its own": hosts,
        "variables": inventory.variables(identifier),
        "deployments": inventory.deployments(identifier),
    }
    return [f"has {kind} already" for kind, found in kinds.items() if found]


def domain(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The host on its project, or the project of the team that has it."""
    host, mine = str(wanted.get("domain")), inventory.project(wanted.project)
    for each in inventory.domains(mine["id"]) if mine else []:
        if each["name"] == host:
            return Found(
                wanted=wanted,
                what=f"domain {host} of the Vercel project {wanted.project}",
                identifier=host,
                import_id=f"{each.get('projectId') or wanted.project}/{host}",
                differs=differences(
                    {"redirect": each.get("redirect") or "", "branch": each.get("gitBranch") or ""},
                    {"redirect": wanted.get("redirect") or "", "branch": wanted.get("git_branch") or ""},
                ),
            )
    for other in inventory.projects():
        if mine and other["id"] == mine["id"]:
            continue
        if any(each["name"] == host for each in inventory.domains(other["id"])):
            return Found(
                wanted=wanted,
                what=f"domain {host}",
                identifier=host,
                differs=(f"belongs to the Vercel project {other['name']}",),
                remedy="move it to the declared project at Vercel",
            )
    return None


def variable(inventory: Inventory, wanted: Wanted) -> Found | None:
    """The variable of that key, if it applies to the wanted targets. Its comment names the stack that it belongs to."""
    mine = inventory.project(wanted.project)
    for each in inventory.variables(mine["id"]) if mine else []:
        targets = _targets(each)
        if each["key"] != wanted.get("key") or each.get("gitBranch") or not targets & set(wanted.get("targets") or ()):
            continue
        kind = "sensitive" if wanted.get("sensitive") else "encrypted"
        actual = {"comment": each.get("comment") or "", "type": each.get("type"), "targets": sorted(targets)}
        declared = {
            "comment": wanted.get("comment") or "",
            "type": kind,
            "targets": sorted(wanted.get("targets") or ()),
        }
        return Found(
            wanted=wanted,
            what=f"variable {each['key']} of the Vercel project {wanted.project}",
            identifier=each["id"],
            import_id=f"{mine['id'] if mine else ''}/{each['id']}",
            differs=differences(actual, declared),
            remedy="or delete it there: a sensitive value cannot be read, so save it first",
        )
    return None


def _targets(there: dict[str, Any]) -> set[str]:
    found = there.get("target") or []
    return {found} if isinstance(found, str) else set(found)


def deployment(inventory: Inventory, wanted: Wanted) -> Found | None:
    """Production deployments of the stack, recognised by their `meta`. No provider can import one."""
    mine = inventory.project(wanted.project)
    made = [
        each
        for each in (inventory.deployments(mine["id"]) if mine else [])
        if (each.get("meta") or {}).get("environment") and each.get("target") == "production"
    ]
    if not made:
        return None
    return Found(
        wanted=wanted,
        what=f"deployment {made[0]['uid']} of the Vercel project {wanted.project}",
        identifier=made[0]["uid"],
        kept=Kept.REMADE,
        copies=tuple(each["uid"] for each in made),
    )


FINDERS = {
    "vercel:index/project:Project": project,
    "vercel:index/projectDomain:ProjectDomain": domain,
    "vercel:index/projectEnvironmentVariable:ProjectEnvironmentVariable": variable,
    "vercel:index/deployment:Deployment": deployment,
}
