"""Every path of Vercel's API that is served, and one answer for all others."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.context import Context
from sandbox.cloud.vercel import (
    aliasing,
    catalogs,
    deployments,
    dns,
    domains,
    environment,
    observability,
    project_domains,
    projects,
    promotions,
    teams,
)
from sandbox.cloud.vercel.call import fallback

_FAMILIES = (
    teams,
    projects,
    project_domains,
    domains,
    dns,
    environment,
    deployments,
    aliasing,
    observability,
    promotions,
)


def routes(context: Context) -> list[BaseRoute]:
    """The routes below /vercel, and the two catalogs."""
    known = [one for family in _FAMILIES for one in family.routes(context)]
    return [*known, fallback(context), *catalogs.routes()]
