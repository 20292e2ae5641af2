"""The stack's outputs, typed: everything that the `launch` verbs know about the launch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.problem import Problem

LAUNCHED = frozenset({"site", "application", "worker", "redirect"})
"""Kinds of host in every launch. Without one of them, verification would pass and leave the launch unproved."""


class OutputsError(Problem):
    """The stack has no outputs yet, or another program's; the message gives the remedy."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """The required behaviour of a host."""

    name: str
    kind: str
    """site, application, worker, redirect or absent."""
    by: str
    """The Vercel project or Worker that serves it."""
    statuses: tuple[int, ...] = ()
    path: str = "/"
    location: str = ""
    """Prefix of a redirect's target; the request's path and query follow."""
    header: str = ""
    """Name of a header that the response must have; empty if none is required."""
    version: str = ""
    """Version of the Worker that serves it; empty if no Worker does."""
    deep: bool = False
    """Whether /health?deep reports the state of the Worker's dependencies."""


_DEPLOY = "Run `pulumi up` first."


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The outputs that describe how the launch responds. `repr` does not show secrets."""

    hosts: tuple[Host, ...]
    beacon_token: str
    """Token of the Web Analytics site, visible to every visitor of the landing page."""
    unprotected: tuple[str, ...]
    """Undeclared relations without row security, as of the last update."""
    protections_off: Mapping[str, Mapping[str, str]]
    """Protections that the configuration switched off: key -> meaning, plus reason and last day if excused."""
    upkeep_since: str
    """When the trigger of upkeep was created, in ISO 8601; empty if the stack does not report it."""
    application_database_url: str = field(repr=False)
    service_database_url: str = field(repr=False)

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Outputs:
        """Parse the outputs, secrets included. Raises OutputsError."""
        try:
            outputs = cls(
                hosts=tuple(_host(name, entry) for name, entry in found["hosts"].items()),
                beacon_token=str(found["analytics"]["token"]),
                unprotected=tuple(map(str, found["isolation"]["unprotected"])),
                protections_off={str(key): dict(off) for key, off in found.get("protections_off", {}).items()},
                upkeep_since=str(found.get("upkeep", {}).get("since", "")),
                application_database_url=str(found["application_database_url"]),
                service_database_url=str(found["service_database_url"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            missing = "nothing is deployed" if not found else f"an output is missing or malformed ({error})"
            raise OutputsError(f"the stack's outputs cannot be read: {missing}", remedy=_DEPLOY) from error
        if absent := LAUNCHED - {host.kind for host in outputs.hosts}:
            kinds = " and no ".join(sorted(absent))
            raise OutputsError(f"the stack's output `hosts` has no {kinds}", remedy=_DEPLOY)
        return outputs


def _host(name: str, entry: Mapping[str, Any]) -> Host:
    expect, kind = entry["expect"], str(entry["kind"])
    return Host(
        name=name,
        kind=kind,
        by=str(entry["by"]),
        # The engine passes outputs through JSON, which turns whole numbers into floating point.
        statuses=tuple(int(status) for status in expect.get("status", ())),
        path=str(expect.get("path", "/")),
        location=str(expect.get("location", "")),
        header=str(expect.get("header", "")),
        version=str(expect["version"]) if kind == "worker" else "",
        deep=bool(expect.get("deep")),
    )
