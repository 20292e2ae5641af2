"""One call of the API: its request, and the construction of its response."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import ApiError, invalid, unauthorized
from sandbox.state import Document

PREFIX = "/neon/api/v2"

_LOG = logging.getLogger("sandbox.cloud.neon")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that has passed authentication."""

    path: dict[str, str]
    query: dict[str, str]
    body: Document

    def part(self, name: str) -> Document:
        """Return the object that wraps a request, such as `project`. Raises ApiError (400) if it is not an object."""
        part = self.body.get(name, {})
        if not isinstance(part, dict):
            raise invalid(f"{name} must be an object")
        return part


Answer = tuple[int, Document | None]
"""The status and the body of a response; no body with 204."""
Handler = Callable[[ControlPlane, Call], Answer]


def route(plane: ControlPlane, method: str, path: str, handler: Handler) -> Route:
    """Return a route below the API's prefix. The handler runs in a thread and may block."""

    async def endpoint(request: Request) -> Response:
        try:
            _authenticate(plane, request)
            call = Call(path=request.path_params, query=dict(request.query_params), body=await _body(request))
            status, body = await run_in_threadpool(handler, plane, call)
        except ApiError as error:
            return error.response()
        except Exception:  # any error becomes a response in Neon's format
            _LOG.exception("%s %s", method, path)
            return ApiError(500, "internal server error").response()
        return Response(status_code=status) if body is None else JSONResponse(body, status)

    return Route(f"{PREFIX}{path}", endpoint, methods=[method])


def unknown(plane: ControlPlane) -> Route:
    """Return the route of all paths that the API does not serve."""

    async def endpoint(request: Request) -> Response:
        try:
            _authenticate(plane, request)
        except ApiError as error:
            return error.response()
        return ApiError(404, f"this path is not served: {request.method} {request.url.path}").response()

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Route(f"{PREFIX}/{{rest:path}}", endpoint, methods=methods)


def _authenticate(plane: ControlPlane, request: Request) -> None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    expected = plane.context.home.credentials.neon_api_key
    if scheme.lower() != "bearer" or not secrets.compare_digest(key.strip().encode(), expected.encode()):
        raise unauthorized()


async def _body(request: Request) -> Document:
    raw = await request.body()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise invalid("the request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise invalid("the request body must be an object")
    return body
