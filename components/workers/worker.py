"""A Cloudflare Worker: an ES module below workers/, with its bindings, on a custom domain, on a schedule, or both.

The domain creates its own DNS record and certificate; a record of the same name must not be declared (C7).

    Worker("conductor", WorkerArgs(account_id=…, zone_id=…, module="conductor/index.js", host=…))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
import pulumi_cloudflare as cloudflare

from components.workers.bindings import Binding, Text, arguments
from components.workers.classes import Classes, fingerprint
from contract import workers
from contract.paths import WORKERS

COMPATIBILITY_DATE = "2026-07-01"
"""Compatibility date of the runtime, changed deliberately, together with the Workers' tests."""

MODULE = "index.js"
"""Name under which every module is uploaded."""


@dataclass(frozen=True, kw_only=True)
class WorkerArgs:
    """A Worker's module, bindings, host and schedule."""

    account_id: str
    """Known at preview, because the applied migrations are read from the account."""
    zone_id: pulumi.Input[str]
    module: str
    """Path below workers/. For a bundled Worker it is the committed bundle, so no Node.js is needed here."""
    host: str = ""
    """Bare host name; empty for a Worker that is not reachable from outside."""
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    """Bindings by name. VERSION, derived from the module's text, is added."""
    cron: str = ""
    """Schedule of its handler, in UTC; empty if it has none."""
    cpu_milliseconds: int = 0
    """Limit of one request's CPU time; 0 leaves it to the plan. The free plan refuses any limit."""
    classes: Classes | None = None
    """Its Durable Object classes. A Worker with classes may have only texts as bindings."""

    def __post_init__(self) -> None:
        if "/" in self.host or "*" in self.host:
            raise ValueError(f"host: {self.host!r} is a route pattern; a custom domain takes a bare host name")
        if self.classes and not all(isinstance(binding, Text) for binding in self.bindings.values()):
            raise ValueError("bindings: a value known only during an update cannot decide whether a migration is sent")


def version(module: str) -> str:
    """Return the version of a Worker, by its module below workers/."""
    return workers.version(WORKERS / module)


def _content(module: str) -> str:
    return (WORKERS / module).read_text(encoding="utf-8")


class Worker(pulumi.ComponentResource):
    """A Worker."""

    script: cloudflare.WorkersScript
    domain: cloudflare.WorkersCustomDomain | None
    trigger: cloudflare.WorkersCronTrigger | None
    classes: Mapping[str, Any]
    """The record that keeps the next run from sending a migration twice, if it has classes. For the stack's outputs."""

    def __init__(self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("prductr:launch:Worker", name, None, opts)
        self.script, self.classes = self._script(name, args)
        self.domain = self._domain(name, args) if args.host else None
        self.trigger = self._trigger(name, args) if args.cron else None
        self.register_outputs({})

    def _script(self, name: str, args: WorkerArgs) -> tuple[cloudflare.WorkersScript, dict[str, Any]]:
        limits = cloudflare.WorkersScriptLimitsArgs(cpu_ms=args.cpu_milliseconds) if args.cpu_milliseconds else None
        bindings = {**args.bindings, "VERSION": Text(version(args.module))}
        content, account = _content(args.module), args.account_id
        inputs = fingerprint(
            account=account, bindings=bindings, content=content, date=COMPATIBILITY_DATE, cpu=args.cpu_milliseconds
        )
        migrations = args.classes.block(name, inputs) if args.classes else None
        script = cloudflare.WorkersScript(
            f"{name}-script",
            account_id=account,
            script_name=name,
            main_module=MODULE,
            content=content,
            compatibility_date=COMPATIBILITY_DATE,
            bindings=arguments(bindings),
            limits=limits,
            migrations=migrations,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return script, args.classes.record(migrations, inputs, script) if args.classes else {}

    def _domain(self, name: str, args: WorkerArgs) -> cloudflare.WorkersCustomDomain:
        return cloudflare.WorkersCustomDomain(
            f"{name}-domain",
            account_id=args.account_id,
            zone_id=args.zone_id,
            hostname=args.host,
            service=self.script.script_name,
            # Every change replaces it, a host can have only one, and the script must exist first (C8).
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, depends_on=[self.script]),
        )

    def _trigger(self, name: str, args: WorkerArgs) -> cloudflare.WorkersCronTrigger:
        return cloudflare.WorkersCronTrigger(
            f"{name}-cron",
            account_id=args.account_id,
            script_name=self.script.script_name,
            schedules=[cloudflare.WorkersCronTriggerScheduleArgs(cron=args.cron)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.script]),
        )
