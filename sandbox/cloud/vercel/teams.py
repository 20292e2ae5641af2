"""Teams, and the token's user."""

from __future__ import annotations

from starlette.routing import BaseRoute

from sandbox.cloud.vercel.protocol import Call, find_team, not_found, page, public, route
from sandbox.state import Context, Document


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of the user, the teams, one team by id or slug, and its members."""
    return [
        *route(context, "2", "/user", get=_user),
        *route(context, "1 2", "/teams", get=_list),
        *route(context, "2 bare", "/teams/{team}", get=_get),
        *route(context, "2", "/teams/{team}/members", get=_members),
    ]


def _user(call: Call) -> Document:
    # For tokens with few permissions the API omits plan, resources and blocks, and marks the user as limited.
    return {"user": public(call.user()) | {"limited": True}}


def _list(call: Call) -> Document:
    answer = page("teams", call.store.find("vercel.teams"), call.query)
    return answer | {"teams": [_shown(call, team) for team in answer["teams"]]}


def _get(call: Call) -> Document:
    return _shown(call, _team(call))


def _members(call: Call) -> Document:
    """Return the members of a team: only the user."""
    team, user = _team(call), call.user()
    member = {
        **{key: user[key] for key in ("email", "name", "username")},
        "uid": user["id"],
        "role": "OWNER",
        "confirmed": True,
        "createdAt": team["createdAt"],
    }
    answer = page("members", [member], call.query)
    return answer | {"pagination": answer["pagination"] | {"hasNext": False}}


def _team(call: Call) -> Document:
    team = find_team(call.store, call.params["team"])
    if team is None:
        raise not_found("Team")
    return team


def _shown(call: Call, team: Document) -> Document:
    made = {"creatorId": call.user()["id"], "stagingPrefix": team["slug"], "updatedAt": team["createdAt"]}
    return made | {"billing": None} | public(team)
