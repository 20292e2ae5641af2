"""One call of the API: what was asked, and how an answer is made of it."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.cloud.neon.control.control_plane import ControlPlane
from sandbox.cloud.neon.model.errors import ApiError, invalid, unauthorized
from sandbox.state.store import Document

PREFIX = "/neon/api/v2"

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
"""RFC 3339, section 5.6: the time zone is not optional."""

_LOG = logging.getLogger("sandbox.cloud.neon")


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that has passed authentication."""

    path: dict[str, str]
    query: dict[str, str]
    body: Document

    def part(self, name: str) -> Document:
        """The object that wraps a request, such as `project`. Raises ApiError (400) where it is no object."""
        part = self.body.get(name, {})
        if not isinstance(part, dict):
            raise invalid(f"{name} must be an object")
        return part


Answer = tuple[int, Document | None]
"""Status and body; no body with 204."""
Handler = Callable[[ControlPlane, Call], Answer]


def text(asked: Mapping[str, Any], name: str, *, longest: int = 256) -> str | None:
    """A string of the request; empty counts as absent. Raises ApiError (400)."""
    value = asked.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or len(value.encode()) > longest:
        raise invalid(f"{name} must be a string of at most {longest} bytes")
    return value


def required(asked: Mapping[str, Any], name: str) -> str:
    """The name of a role or database, which the request must have. Raises ApiError (400)."""
    found = text(asked, name, longest=63)
    if found is None:
        raise invalid(f"{name} is required")
    return found


def number(asked: Mapping[str, Any], name: str, least: float, most: float) -> None:
    """Raise ApiError (400) unless the number is absent or in the range."""
    value = asked.get(name)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise invalid(f"{name} must be a number from {least} to {most}")


def moment(asked: Mapping[str, Any], name: str) -> datetime | None:
    """A point in time; null or absent is None. Raises ApiError (400)."""
    value = asked.get(name)
    if value is None:
        return None
    try:
        if not _MOMENT.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper())
    except (TypeError, ValueError):
        raise invalid(f"{name} must be a time in the form of RFC 3339, such as 2026-02-28T12:00:00Z") from None


def route(plane: ControlPlane, method: str, path: str, handler: Handler) -> Route:
    """A route below the API's prefix. The handler runs in a thread and may block."""

    async def endpoint(request: Request) -> Response:
        try:
            _authenticate(plane, request)
            call = Call(path=request.path_params, query=dict(request.query_params), body=await _body(request))
            status, body = await run_in_threadpool(handler, plane, call)
        except ApiError as error:
            return error.response()
        except Exception:  # an answer in Neon's form, whatever went wrong
            _LOG.exception("%s %s", method, path)
            return ApiError(500, "internal server error").response()
        return Response(status_code=status) if body is None else JSONResponse(body, status)

    return Route(f"{PREFIX}{path}", endpoint, methods=[method])


def unknown(plane: ControlPlane) -> Route:
    """What is asked of the API and is not served."""

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
