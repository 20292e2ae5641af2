"""Every path of Cloudflare's API that the sandbox serves, and one error for all others."""

from __future__ import annotations

from typing import Never

from starlette.routing import BaseRoute

from sandbox.cloud.cloudflare import accounts, registrar, web_analytics
from sandbox.cloud.cloudflare.changes import secrets, services, triggers
from sandbox.cloud.cloudflare.protocol import Call, errors, route
from sandbox.cloud.cloudflare.workers import classes, deployments, domains, schedules, scripts, versions
from sandbox.cloud.cloudflare.workers import routes as workers_routes
from sandbox.cloud.cloudflare.zones import dns_records, page_rules, rulesets, zone_settings, zones
from sandbox.state import Context

_FAMILIES = (
    accounts,
    registrar,
    zones,
    zone_settings,
    dns_records,
    rulesets,
    page_rules,
    workers_routes,
    scripts,
    schedules,
    versions,
    classes,
    deployments,
    domains,
    secrets,
    services,
    triggers,
    web_analytics,
)


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes below /client/v4."""
    known = [one for family in _FAMILIES for one in family.routes(context)]
    other = route(context, "/{rest:path}", get=_lost, post=_lost, put=_lost, patch=_lost, delete=_lost)
    return [*known, other]


def _lost(call: Call) -> Never:
    raise errors.no_route(call.path)
