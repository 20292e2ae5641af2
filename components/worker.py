"""A Cloudflare Worker: the ES module workers/NAME/index.js on a custom domain.

The domain makes its own DNS record and certificate; a record for the same name must not be declared (C7). The script's
bindings are all declared here, because an upload replaces them as a whole (C6).

    Worker("echome", WorkerArgs(zone=zone, host="echome.prductr.com"))
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_cloudflare as cloudflare

from components.zone import Zone
from contract.paths import WORKERS

COMPATIBILITY_DATE = "2026-07-01"
"""The runtime's behaviour of that day; moved deliberately, with the Workers' tests."""

MODULE = "index.js"


@dataclass(frozen=True, kw_only=True)
class WorkerArgs:
    """What runs, where."""

    zone: Zone
    host: str
    """Bare host name."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """Plain text bindings, readable by whoever can see the Worker. VERSION, of the module's text, is added."""
    cpu_milliseconds: int = 0
    """Limit of one request's CPU time; 0 leaves it to the plan. The free plan refuses any."""

    def __post_init__(self) -> None:
        if "/" in self.host or "*" in self.host:
            raise ValueError(f"host: {self.host!r} is a route pattern; a custom domain takes a bare host name")


def version(name: str) -> str:
    """The version of the Worker `name`: the beginning of its module's SHA-256. Every Worker tells it at /health."""
    return hashlib.sha256(_content(name).encode()).hexdigest()[:12]


def _content(name: str) -> str:
    return (WORKERS / name / MODULE).read_text(encoding="utf-8")


class Worker(pulumi.ComponentResource):
    """A Worker that answers for one host."""

    script: cloudflare.WorkersScript
    domain: cloudflare.WorkersCustomDomain

    def __init__(self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Worker", name, None, opts)
        self.script = self._script(name, args)
        self.domain = self._domain(name, args)
        self.register_outputs({})

    def _script(self, name: str, args: WorkerArgs) -> cloudflare.WorkersScript:
        limits = cloudflare.WorkersScriptLimitsArgs(cpu_ms=args.cpu_milliseconds) if args.cpu_milliseconds else None
        return cloudflare.WorkersScript(
            f"{name}-script",
            account_id=args.zone.account_id,
            script_name=name,
            main_module=MODULE,
            content=_content(name),
            compatibility_date=COMPATIBILITY_DATE,
            bindings=[
                cloudflare.WorkersScriptBindingArgs(name=key, type="plain_text", text=text)
                for key, text in sorted({**args.variables, "VERSION": version(name)}.items())
            ],
            limits=limits,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _domain(self, name: str, args: WorkerArgs) -> cloudflare.WorkersCustomDomain:
        return cloudflare.WorkersCustomDomain(
            f"{name}-domain",
            account_id=args.zone.account_id,
            zone_id=args.zone.id,
            hostname=args.host,
            service=name,
            # Every change replaces it, a host has one, and the script must be there first (C8).
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=[self.script]),
        )
