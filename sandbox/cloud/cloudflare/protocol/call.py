"""One call to the API: its caller, its content, and the envelope of its response."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.cloud.cloudflare.protocol import errors
from sandbox.cloud.cloudflare.protocol.auth import authenticate
from sandbox.cloud.cloudflare.protocol.errors import ApiError
from sandbox.state import Context, Document, Store

_ID = re.compile(r"[0-9a-f]{32}")
PREFIX = "/client/v4"
_LARGEST_PART = 12 * 1024 * 1024
"""The largest part of a form in bytes; a Worker may be 10 MB."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """An authenticated call. Handlers run inside one store transaction, which an ApiError rolls back."""

    context: Context
    path: str
    params: dict[str, str]
    query: QueryParams
    body: Any
    agent: str
    """The client's User-Agent, in lower case."""
    form: dict[str, bytes]
    """The parts of a multipart form, files by file name and others by name; empty for any other body."""

    @property
    def store(self) -> Store:
        """The store, inside this call's transaction."""
        return self.context.store

    @property
    def source(self) -> str:
        """The vendor's label for the source of a change."""
        return "wrangler" if self.agent.startswith("wrangler") else "api"

    def now(self) -> str:
        """Return the current time in the API's format."""
        return self.context.clock().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def object(self, **types: type) -> Document:
        """Return the body as a JSON object whose fields, if present, have these types. Raises ApiError."""
        return typed(self.body, **types)

    def account(self) -> Document:
        """Return the account in the path. Raises ApiError unless the token belongs to it."""
        id_ = self.identifier("account")
        account = self.store.get("cloudflare.accounts", id_)
        if account is None:
            raise errors.not_authorized()
        return account

    def zone(self) -> Document:
        """Return the zone in the path. Raises ApiError unless it belongs to one of the token's accounts."""
        zone = own_zone(self.store, self.identifier("zone"))
        if zone is None:
            raise errors.not_authorized()
        return zone

    def identifier(self, name: str) -> str:
        """Return the identifier in the path. Raises ApiError for a malformed one."""
        id_ = self.params[name]
        if not _ID.fullmatch(id_):
            raise errors.no_route(self.path)
        return id_


@dataclass(frozen=True)
class Page:
    """A page of a list, with its number and size."""

    items: list[Document]
    number: int
    size: int
    total: int
    key: str | None = None
    """The key of the list in the result, if the result is not the list itself."""

    @classmethod
    def of(cls, items: list[Document], query: QueryParams, size: int, largest: int, key: str | None = None) -> Page:
        """Return the requested page; `size` is the default, `largest` the limit."""
        number = max(_number(query.get("page"), 1), 1)
        size = min(max(_number(query.get("per_page"), size), 1), largest)
        return cls(items[(number - 1) * size : number * size], number, size, len(items), key)

    def info(self) -> Document:
        """Return the envelope's `result_info`."""
        return {
            "page": self.number,
            "per_page": self.size,
            "count": len(self.items),
            "total_count": self.total,
            "total_pages": math.ceil(self.total / self.size),
        }


Handler = Callable[[Call], object]
"""A function that returns the result for the envelope, a Page, or a whole Response."""


def route(context: Context, path: str, **handlers: Handler) -> BaseRoute:
    """Return a route of the API; `handlers` by lower-case method. They check `{zone}` and `{account}` themselves."""

    async def endpoint(request: Request) -> Response:
        try:
            authenticate(context, request)
            handler = handlers.get(request.method.lower())
            if handler is None:
                raise errors.wrong_method(request.method)
            body, form = await _content(request)
            call = Call(
                context=context,
                path=request.url.path,
                params=request.path_params,
                query=request.query_params,
                body=body,
                agent=request.headers.get("user-agent", "").lower(),
                form=form,
            )
            with context.store.transaction():
                return _answer(handler(call))
        except ApiError as error:
            return JSONResponse(error.document(), error.status)

    return Route(PREFIX + path, endpoint, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])


def typed(value: object, **types: type) -> Document:
    """Return the value as a JSON object whose fields have these types, or are null or absent. Raises ApiError."""
    if not isinstance(value, dict):
        raise errors.malformed_json()
    for field, kind in types.items():
        if not isinstance(value.get(field), kind | None):
            raise errors.malformed_json(field)
    return value


def own_zone(store: Store, id_: str) -> Document | None:
    """Return the zone, if it belongs to one of the token's accounts."""
    zone = store.get("cloudflare.zones", id_)
    return zone if zone and store.get("cloudflare.accounts", zone["account"]["id"]) else None


def new_id() -> str:
    """Return an identifier in Cloudflare's format: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def public(document: Document, *hidden: str) -> Document:
    """Return the document without the sandbox's internal keys and the `hidden` keys."""
    return {key: value for key, value in document.items() if not key.startswith("_") and key not in hidden}


def public_list(documents: Iterable[Document], *hidden: str) -> list[Document]:
    """Apply `public` to each document."""
    return [public(document, *hidden) for document in documents]


async def _content(request: Request) -> tuple[Any, dict[str, bytes]]:
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        try:
            async with request.form(max_part_size=_LARGEST_PART) as form:
                return None, {_name(name, part): await _bytes(part) for name, part in form.multi_items()}
        except HTTPException:
            raise ApiError(400, 10002, "Could not parse the multipart form.") from None
    if not await request.body():
        return None, {}
    try:
        return await request.json(), {}
    except ValueError:
        raise errors.malformed_json() from None


def _name(name: str, part: UploadFile | str) -> str:
    """Return the key of a part. Clients may send several files under one part name, and the metadata as a file too."""
    return name if isinstance(part, str) or name == "metadata" else part.filename or name


async def _bytes(part: UploadFile | str) -> bytes:
    return part.encode() if isinstance(part, str) else await part.read()


def _answer(result: object) -> Response:
    if isinstance(result, Response):
        return result
    envelope: Document = {"result": result, "success": True, "errors": [], "messages": []}
    if isinstance(result, Page):
        shown = result.items if result.key is None else {result.key: result.items}
        envelope |= {"result": shown, "result_info": result.info()}
    return JSONResponse(envelope)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default
