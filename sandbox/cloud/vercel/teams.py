"""Teams and the user of the token."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.protocol import Call, find_team, not_found, page, public, route
from sandbox.state import Context, Document


def routes(context: Context) -> list[BaseRoute]:
    """The user; the teams; one team by id or slug."""
    return [
        *route(context, "2", "/user", get=_user),
        *route(context, "2", "/teams", get=_list),
        *route(context, "2", "/teams/{team}", get=_get),
    ]


def _user(call: Call) -> Document:
    # The API leaves out plan, resources and blocks, which are not kept here, for tokens of few rights, and says so.
    return {"user": public(call.user()) | {"limited": True}}


def _list(call: Call) -> Document:
    answer = page("teams", call.store.find("vercel.teams"), call.query)
    return answer | {"teams": [_shown(call, team) for team in answer["teams"]]}


def _get(call: Call) -> Document:
    team = find_team(call.store, call.params["team"])
    if team is None:
        raise not_found("Team")
    return _shown(call, team)


def _shown(call: Call, team: Document) -> Document:
    made = {"creatorId": call.user()["id"], "stagingPrefix": team["slug"], "updatedAt": team["createdAt"]}
    return made | {"billing": None} | public(team)
