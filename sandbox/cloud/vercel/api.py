"""Every path of Vercel's API that the sandbox serves, and one error for all others."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.vercel import teams
from sandbox.cloud.vercel.deployments import deployments, observability, promotions
from sandbox.cloud.vercel.domains import aliasing, domains
from sandbox.cloud.vercel.environment import environment
from sandbox.cloud.vercel.projects import dns, project_domains, projects
from sandbox.cloud.vercel.protocol import catalogs, fallback
from sandbox.state import Context

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
    """Return the routes below /vercel, and the two catalogs."""
    known = [one for family in _FAMILIES for one in family.routes(context)]
    return [*known, fallback(context), *catalogs.routes()]
