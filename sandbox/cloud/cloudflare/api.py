"""Every path of Cloudflare's API that is served, and one answer for all others."""

from __future__ import annotations

from typing import Never

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare import (
    accounts,
    dns_records,
    errors,
    rulesets,
    web_analytics,
    workers_classes,
    workers_deployments,
    workers_domains,
    workers_routes,
    workers_schedules,
    workers_scripts,
    workers_versions,
    zone_settings,
    zones,
)
from sandbox.cloud.cloudflare.call import Call, route
from sandbox.cloud.context import Context

_FAMILIES = (
    accounts,
    zones,
    zone_settings,
    dns_records,
    rulesets,
    workers_routes,
    workers_scripts,
    workers_schedules,
    workers_versions,
    workers_classes,
    workers_deployments,
    workers_domains,
    web_analytics,
)


def routes(context: Context) -> list[BaseRoute]:
    """The routes below /client/v4."""
    known = [one for family in _FAMILIES for one in family.routes(context)]
    other = route(context, "/{rest:path}", get=_lost, post=_lost, put=_lost, patch=_lost, delete=_lost)
    return [*known, other]


def _lost(call: Call) -> Never:
    raise errors.no_route(call.path)
