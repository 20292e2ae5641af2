"""The picture of what the program deploys, drawn from what the program declares for production.

Boxes are components with their resources, arrows are the dependencies between their resources, rounded boxes are hosts.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from tools.program.declared import rehearse

_STACK = "prod"
_NAMES = {
    "DnsRecord": "DNS record",
    "Ruleset": "rules",
    "ZoneSetting": "zone setting",
    "WorkersScript": "Worker",
    "WorkersCronTrigger": "cron trigger",
    "WorkersCustomDomain": "custom domain",
    "WebAnalyticsSite": "Web Analytics site",
    "Project": "project",
    "ProjectDomain": "domain",
    "ProjectEnvironmentVariable": "variable",
    "Deployment": "production deployment",
    "RandomPassword": "password",
    "Migrations": "migrations",
    "RowSecurity": "row security",
    "RateLimitPlans": "rate limit plans",
}
_VENDORS = {
    "cloudflare": "Cloudflare",
    "vercel": "Vercel",
    "neon": "Neon",
    "random": "generated",
    "pulumi-python": "PostgreSQL",
}


def picture() -> str:
    """A Mermaid flow chart, as Markdown."""
    rehearsed = rehearse(_STACK)
    resources: list[dict[str, Any]] = rehearsed["resources"]
    children = [resource for resource in resources if resource.get("custom")]
    component = {child["name"]: child["parent"] for child in children}
    boxes = sorted(set(component.values()))
    lines = ["flowchart LR"]
    for box in boxes:
        inside = [child for child in children if child["parent"] == box]
        lines.append(f'    {box}["<b>{box}</b><br/>{_vendor(inside)}<br/>{_contents(inside)}"]')
    for host, what in sorted(rehearsed["outputs"]["hosts"].items()):
        node = host.replace(".", "_")
        lines += [f'    {node}(["{host}"])', f"    {node} --> {_serving(host, what, children)}"]
    arrows = {(component[needed], _box(resource)) for resource in resources for needed in resource["dependsOn"]}
    lines += [f"    {source} -.-> {target}" for source, target in sorted(arrows) if source != target]
    return "\n".join(["```mermaid", *lines, "```"])


def _box(resource: dict[str, Any]) -> str:
    """The component that a resource belongs to, or that it is."""
    return str(resource["parent"] if resource.get("custom") else resource["name"])


def _vendor(inside: list[dict[str, Any]]) -> str:
    return ", ".join(sorted({_VENDORS[child["type"].partition(":")[0]] for child in inside}))


def _contents(inside: list[dict[str, Any]]) -> str:
    counted = Counter(_NAMES[child["type"].rpartition(":")[2]] for child in inside)
    return ", ".join(
        name if count == 1 or name.endswith("s") else f"{count} {name}s" for name, count in sorted(counted.items())
    )


def _serving(host: str, what: dict[str, Any], children: list[dict[str, Any]]) -> str:
    """The component with the resource that attaches this host."""
    if what["by"] == "redirect":
        return "redirects"
    for child in children:
        if host in (child["inputs"].get("domain"), child["inputs"].get("hostname")):
            return str(child["parent"])
    return "nothing"
