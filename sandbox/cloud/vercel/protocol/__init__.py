"""Calls to Vercel's API, its errors and lists."""

from sandbox.cloud.vercel.protocol import catalogs
from sandbox.cloud.vercel.protocol.call import (
    DEPLOYMENTS,
    HOST,
    Call,
    Created,
    checked,
    fallback,
    find_project,
    find_team,
    new_id,
    project_of,
    public,
    route,
)
from sandbox.cloud.vercel.protocol.catalogs import FRAMEWORKS, REGIONS
from sandbox.cloud.vercel.protocol.errors import ApiError, bad_request, not_found
from sandbox.cloud.vercel.protocol.listing import choice, choices, flag, number, page, refuse

__all__ = [
    "DEPLOYMENTS",
    "FRAMEWORKS",
    "HOST",
    "REGIONS",
    "ApiError",
    "Call",
    "Created",
    "bad_request",
    "catalogs",
    "checked",
    "choice",
    "choices",
    "fallback",
    "find_project",
    "find_team",
    "flag",
    "new_id",
    "not_found",
    "number",
    "page",
    "project_of",
    "public",
    "refuse",
    "route",
]
