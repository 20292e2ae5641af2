"""Neon's API v2 below /neon/api/v2, and its SQL over HTTP at /neon/sql."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.neon.access import sql_over_http
from sandbox.cloud.neon.api import (
    accounts,
    auth,
    branches,
    databases,
    endpoints,
    projects,
    restore,
    roles,
    schemas,
    snapshots,
)
from sandbox.cloud.neon.api.call import unknown
from sandbox.cloud.neon.control import ControlPlane
from sandbox.state import Context


def routes(context: Context) -> list[BaseRoute]:
    """Return all of Neon's HTTP routes, with their absolute paths."""
    plane = ControlPlane.of(context)
    return [
        *accounts.routes(plane),
        *projects.routes(plane),
        *branches.routes(plane),
        *restore.routes(plane),
        *schemas.routes(plane),
        *snapshots.routes(plane),
        *endpoints.routes(plane),
        *roles.routes(plane),
        *databases.routes(plane),
        *auth.routes(plane),
        sql_over_http.route(plane),
        unknown(plane),
    ]
