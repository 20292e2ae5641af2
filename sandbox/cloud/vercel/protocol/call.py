"""One call to the API: its caller, its scope (a team, or only the user), and its content."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.cloud.vercel.protocol.errors import ApiError, bad_request, not_found
from sandbox.state import Context, Document, Store

PREFIX = "/vercel"
DEPLOYMENTS = "vercel.deployments"
"""The collection of deployments, which several groups of routes read."""
HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}")
"""A host name in lower case, or a wildcard of one level."""
_ALPHANUMERIC = string.ascii_letters + string.digits


@dataclass(frozen=True, kw_only=True)
class Call:
    """An authenticated call. Handlers run inside one store transaction, which an ApiError rolls back."""

    context: Context
    params: dict[str, str]
    query: QueryParams
    headers: Headers
    body: Any

    @property
    def store(self) -> Store:
        """The store, inside this call's transaction."""
        return self.context.store

    def now(self) -> int:
        """Return the current time in the API's format: milliseconds since 1970."""
        return int(self.context.clock().timestamp() * 1000)

    def object(self, known: Fields, required: Collection[str] = ()) -> Document:
        """Return the body as a JSON object of known properties. Raises ApiError."""
        return checked(self.body, known, required)

    def user(self) -> Document:
        """Return the token's user."""
        return self.store.find("vercel.users")[0]

    def team(self) -> Document | None:
        """Return the team of `teamId` or `slug`; None without them. Raises ApiError unless the user is a member."""
        wanted = self.query.get("teamId") or self.query.get("slug")
        if not wanted:
            return None
        team = find_team(self.store, wanted)
        if team is None:
            raise ApiError(403, "forbidden", "Not authorized")
        return team

    def owner(self) -> str:
        """Return the id of the scope: the team, or the user."""
        team = self.team()
        return str(team["id"] if team else self.user()["id"])


@dataclass(frozen=True)
class Created:
    """A result sent with status 201; None means no body at all."""

    body: object = None


Fields = Mapping[str, type]
"""The properties that a body may have, with their types. (`object` means any.)"""
_TYPE_NAMES = {str: "string", bool: "boolean", int: "integer", dict: "object", list: "array"}

Handler = Callable[[Call], object]
"""A function that returns the body as JSON; None means 204."""


def route(context: Context, versions: str, path: str, **handlers: Handler) -> list[BaseRoute]:
    """Return a route for each version (`8 9 10`), or without one (`bare`); `handlers` by lower-case method."""

    async def endpoint(request: Request) -> Response:
        try:
            _authenticate(context, request)
            handler = handlers.get(request.method.lower())
            if handler is None:
                raise ApiError(405, "method_unknown", f"Method {request.method} is not allowed")
            body = await _json(request)
            call = Call(
                context=context,
                params=request.path_params,
                query=request.query_params,
                headers=request.headers,
                body=body,
            )
            with context.store.transaction():
                return _answer(handler(call))
        except ApiError as error:
            return JSONResponse(error.document(), error.status)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    below = [PREFIX if version == "bare" else f"{PREFIX}/v{version}" for version in versions.split()]
    return [Route(f"{prefix}{path}", endpoint, methods=methods) for prefix in below]


def fallback(context: Context) -> BaseRoute:
    """Return the route of every other path."""

    async def endpoint(request: Request) -> Response:
        try:
            _authenticate(context, request)
            raise ApiError(404, "not_found", "The requested URL was not found on the server.")
        except ApiError as error:
            return JSONResponse(error.document(), error.status)

    return Route(PREFIX + "/{rest:path}", endpoint, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])


def find_team(store: Store, wanted: str) -> Document | None:
    """Return the team with this id or slug."""
    return store.get("vercel.teams", wanted) or next(iter(store.find("vercel.teams", slug=wanted)), None)


def checked(body: object, known: Fields, required: Collection[str] = ()) -> Document:
    """Return the body as a JSON object of known properties, each of its type or null. Raises ApiError."""
    if not isinstance(body, dict):
        raise bad_request("Invalid request: should be object.")
    for key, value in body.items():
        if key not in known:
            raise bad_request(f"Invalid request: should NOT have additional property `{key}`.")
        if not isinstance(value, known[key] | None):
            raise bad_request(f"Invalid request: `{key}` should be {_TYPE_NAMES[known[key]]}.")
    for key in required:
        if body.get(key) in (None, ""):
            raise bad_request(f"Invalid request: missing required property `{key}`.")
    return body


def project_of(call: Call) -> Document:
    """Return the project in the path, by id or name, in the call's scope. Raises ApiError."""
    wanted, owner = call.params["project"], call.owner()
    project = find_project(call.store, wanted, owner)
    if project is None:
        raise not_found("Project")
    return project


def find_project(store: Store, wanted: str, owner: str) -> Document | None:
    """Return the owner's project with this id or name."""
    by_name = store.find("vercel.projects", name=wanted, accountId=owner)
    project = store.get("vercel.projects", wanted) or (by_name[0] if by_name else None)
    return project if project and project["accountId"] == owner else None


def new_id(prefix: str, length: int = 28) -> str:
    """Return an identifier in Vercel's format, such as `prj_` and 28 letters and digits."""
    return prefix + "".join(secrets.choice(_ALPHANUMERIC) for _ in range(length))


def public(document: Document) -> Document:
    """Return the document without the sandbox's internal keys."""
    return {key: value for key, value in document.items() if not key.startswith("_") and key != "project_id"}


async def _json(request: Request) -> object:
    if not await request.body():
        return None
    if request.headers.get("content-type") == "application/octet-stream":
        return await request.body()
    try:
        return await request.json()
    except ValueError:
        raise ApiError(400, "invalid_json", "The request body is not valid JSON.") from None


def _authenticate(context: Context, request: Request) -> None:
    sent = request.headers.get("authorization", "")
    if not sent.startswith("Bearer "):
        raise ApiError(403, "forbidden", "The request is missing an authentication token", missingToken=True)
    expected = f"Bearer {context.home.credentials.vercel_api_token}"
    if not secrets.compare_digest(sent.encode(), expected.encode()):
        raise ApiError(403, "forbidden", "Not authorized", invalidToken=True)


def _answer(result: object) -> Response:
    if result is None:
        return Response(status_code=204)
    if isinstance(result, Response):
        return result
    if isinstance(result, Created):
        return Response(status_code=201) if result.body is None else JSONResponse(result.body, 201)
    return JSONResponse(result)
