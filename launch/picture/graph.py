"""The parts of a stack as boxes: components with their resources, hosts, and what depends on what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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


@dataclass(frozen=True, kw_only=True)
class Part:
    """One resource of a vendor."""

    type: str
    component: str
    """Name of the component that it belongs to."""
    needs: tuple[str, ...] = ()
    """Components of the resources that it depends on."""
    hosts: tuple[str, ...] = ()
    """Hosts that it attaches."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """A component."""

    name: str
    vendor: str
    contents: str


@dataclass(frozen=True, kw_only=True)
class Graph:
    """The picture before it is drawn."""

    boxes: tuple[Box, ...]
    hosts: tuple[tuple[str, str], ...] = ()
    """Maps each host to the box that serves it."""
    arrows: tuple[tuple[str, str], ...] = field(default=())
    """A box, and the box that needs it."""


def graph(parts: Sequence[Part], hosts: Mapping[str, Mapping[str, Any]], also: Iterable[tuple[str, str]] = ()) -> Graph:
    """Return the picture of these resources; `hosts` is the stack's output of this name, `also` are further arrows."""
    names = sorted({part.component for part in parts})
    boxes = tuple(_box(name, [part for part in parts if part.component == name]) for name in names)
    served = [(host, _serving(host, what, parts)) for host, what in sorted(hosts.items())]
    arrows = set(also) | {(need, part.component) for part in parts for need in part.needs}
    return Graph(
        boxes=boxes,
        hosts=tuple((host, box) for host, box in served if box),
        arrows=tuple(sorted((one, other) for one, other in arrows if one in names and one != other)),
    )


def of_state(resources: Iterable[Mapping[str, Any]], hosts: Mapping[str, Mapping[str, Any]]) -> Graph:
    """Return the picture of an exported state's resources."""
    kept = [each for each in resources if not each["type"].startswith("pulumi:")]
    component = {each["urn"]: _last(each.get("parent", "") if each.get("custom") else each["urn"]) for each in kept}
    parts = [
        Part(
            type=each["type"],
            component=component[each["urn"]],
            needs=tuple(sorted({component[urn] for urn in each.get("dependencies") or () if urn in component})),
            hosts=tuple(
                str(host)
                for key in ("domain", "hostname")
                if (host := (each.get("outputs") or {}).get(key)) is not None
            ),
        )
        for each in kept
        if each.get("custom") and each.get("parent")
    ]
    return graph(parts, hosts)


def _last(urn: str) -> str:
    return urn.rpartition("::")[2]


def _box(name: str, inside: Sequence[Part]) -> Box:
    vendors = {_VENDORS.get(part.type.partition(":")[0], part.type.partition(":")[0]) for part in inside}
    counted = Counter(_NAMES.get(kind := part.type.rpartition(":")[2], kind) for part in inside)
    contents = ", ".join(
        name if count == 1 or name.endswith("s") else f"{count} {name}s" for name, count in sorted(counted.items())
    )
    return Box(name=name, vendor=", ".join(sorted(vendors)), contents=contents)


def _serving(host: str, what: Mapping[str, Any], parts: Sequence[Part]) -> str:
    """Return the component with the resource that attaches this host; "" if none does."""
    if what.get("by") == "redirect":
        return "redirects"
    return next((part.component for part in parts if host in part.hosts), "")
