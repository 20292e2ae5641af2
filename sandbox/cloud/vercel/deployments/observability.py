"""The runtime logs of a team's deployments. No deployment runs in the sandbox, so there are no events."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.protocol import Call, bad_request, find_project, not_found, route
from sandbox.state import Context, Document

_FIELDS: dict[str, type] = {
    **dict.fromkeys(("event", "filter", "cursor", "order"), str),
    **dict.fromkeys(("scope", "timeRange"), dict),
    "select": list,
    "limit": int,
}


def routes(context: Context) -> list[BaseRoute]:
    """Return the route that lists events."""
    return route(context, "1", "/observability/events", post=_events)


def _events(call: Call) -> Document:
    wanted = call.object(_FIELDS, required=("event", "scope", "timeRange"))
    for project in wanted["scope"].get("projectIds") or []:
        if find_project(call.store, str(project), call.owner()) is None:
            raise not_found("Project")
    start, end = wanted["timeRange"].get("start"), wanted["timeRange"].get("end")
    if not isinstance(start, str) or not isinstance(end, str) or start >= end:
        raise bad_request("Invalid request: `timeRange.start` should be before `timeRange.end`.")
    return {"events": [], "pagination": {"hasMore": False, "nextCursor": None}, "meta": {}}
