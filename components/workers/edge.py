"""The Workers of the launch, each with its bindings.

limiter = edge.limiter(settings, zone, earlier)
gateway = edge.gateway(settings, zone, limiter, secrets.gateway)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

import pulumi

from components.settings import Conductor, Settings
from components.workers.bindings import Binding, DurableObject, Secret, Text
from components.workers.classes import Classes, Migration, uploaded
from components.workers.worker import Worker, WorkerArgs
from contract.workers import MODULES

__all__ = ["LIMITER_CLASS", "LIMITER_HISTORY", "MODULES", "conductor", "gateway", "limiter", "upkeep", "upkept"]

LIMITER_CLASS = "UserLimiter"
LIMITER_HISTORY = (Migration(tag="v1", new_sqlite_classes=(LIMITER_CLASS,)),)
"""History of the limiter's classes. They have a Worker of their own, so any version of the gateway can be deployed."""

UPKEEP_CRON = "17 * * * *"
"""Hourly, but not at the full hour, when everybody's jobs run."""


class Zone(Protocol):
    """The zone and account in which Workers are declared."""

    id: str
    account_id: str


def limiter(settings: Settings, zone: Zone, earlier: Mapping[str, Any]) -> Worker:
    """Declare the exact limit: one object for each user. `earlier` holds the stack's outputs of the last update."""
    args = WorkerArgs(
        account_id=zone.account_id,
        zone_id=zone.id,
        module=MODULES["limiter"],
        cpu_milliseconds=settings.worker_cpu_milliseconds,
        classes=Classes(
            history=LIMITER_HISTORY,
            present=uploaded(settings.access, zone.account_id, "limiter"),
            earlier=earlier.get("limiter") or {},
        ),
    )
    return Worker("limiter", args)


def gateway(settings: Settings, zone: Zone, limiter: Worker, secret: pulumi.Input[str]) -> Worker:
    """Declare the gateway, which verifies, limits and forwards every call of the API.

    `secret` is shared with the upstream only.
    """
    limits = settings.rate_limits
    bindings: dict[str, Binding] = {
        "AUTH_URL": Text(settings.auth_url),
        "CORS_ORIGINS": Text(" ".join(settings.echome.cors_origins)),
        "ENABLE_RATE_LIMITING": Text("true" if settings.enable_rate_limiting else "false"),
        "HOST": Text(settings.hosts.echome),
        "LIMITER": DurableObject(LIMITER_CLASS, script=limiter.script.script_name),
        "RATE_LIMIT_PLANS": Text(limits.document),
        "RATE_LIMIT_UNAVAILABLE": Text(json.dumps(limits.unavailable)),
        "SERVICE": Text("echome"),
        "UPSTREAM_SECRET": Secret(secret),
        "UPSTREAM_TIMEOUT_SECONDS": Text(str(settings.echome.timeout_seconds)),
        "UPSTREAM_URL": Text(settings.echome.upstream),
    }
    return _worker("echome", settings, zone, bindings, host=settings.hosts.echome, after=[limiter])


def conductor(settings: Settings, zone: Zone) -> Worker | None:
    """Declare the Worker of the conductor host; None if that is absent.

    It serves both other modes, so a switch between them changes only a variable. If one were a DNS record, it would
    have to be created while the other's custom domain still holds the name.
    """
    if settings.conductor is Conductor.ABSENT:
        return None
    alias = settings.hosts.dashboard if settings.conductor is Conductor.ALIAS else ""
    return _worker("conductor", settings, zone, {"ALIAS_HOST": Text(alias)}, host=settings.hosts.conductor)


def upkeep(settings: Settings, zone: Zone, database_url: pulumi.Input[str], schema: pulumi.Resource) -> Worker:
    """Declare upkeep, which trims the database. `database_url` is the pooled URL of the service's role."""
    bindings: dict[str, Binding] = {
        "ANALYTICS_RETENTION_DAYS": Text(str(settings.analytics_retention_days)),
        "DATABASE_URL": Secret(database_url),
    }
    return _worker("upkeep", settings, zone, bindings, cron=UPKEEP_CRON, after=[schema])


def upkept(worker: Worker) -> dict[str, Any]:
    """Return upkeep's schedule and the time from which it applies, for the stack's outputs."""
    assert worker.trigger is not None
    return {"cron": UPKEEP_CRON, "since": worker.trigger.schedules.apply(lambda found: found[0].created_on)}


def _worker(
    name: str,
    settings: Settings,
    zone: Zone,
    bindings: Mapping[str, Binding],
    *,
    host: str = "",
    cron: str = "",
    after: list[pulumi.Resource] | None = None,
) -> Worker:
    args = WorkerArgs(
        account_id=zone.account_id,
        zone_id=zone.id,
        module=MODULES[name],
        host=host,
        bindings=bindings,
        cron=cron,
        cpu_milliseconds=settings.worker_cpu_milliseconds,
    )
    return Worker(name, args, pulumi.ResourceOptions(depends_on=after or []))
