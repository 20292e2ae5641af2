"""Requests and responses between a visitor, Cloudflare, Vercel and the applications."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from urllib.parse import urlsplit

Headers = tuple[tuple[str, str], ...]

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "content-length"})


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request as a server on the internet receives it."""

    method: str
    scheme: str
    """`http` or `https`: whether the connection uses TLS."""
    host: str
    """Lower case, without a port."""
    target: str
    """Path and query, exactly as sent."""
    headers: Headers = ()
    body: bytes = b""
    visitor: str = "127.0.0.1"
    """The address of the client."""

    @property
    def url(self) -> str:
        """The absolute URL."""
        return f"{self.scheme}://{self.host}{self.target}"

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query without its question mark; empty if there is none."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return _first(self.headers, name)

    def over(self, scheme: str) -> Request:
        """Return the same request on another kind of connection."""
        return replace(self, scheme=scheme)

    def with_headers(self, *added: tuple[str, str]) -> Request:
        """Return the same request with these headers in place of any with the same names."""
        return replace(self, headers=_merged(self.headers, added))


@dataclass(frozen=True, kw_only=True)
class Response:
    """A response. The server that sends it adds the length and the date."""

    status: int
    headers: Headers = ()
    body: bytes = b""
    stream: AsyncGenerator[bytes, None] | None = field(default=None, repr=False)
    """In place of the body: a stream, such as events. The sender closes it (`aclose`)."""

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return _first(self.headers, name)

    def with_headers(self, *added: tuple[str, str]) -> Response:
        """Return the same response with these headers in place of any with the same names."""
        return replace(self, headers=_merged(self.headers, added))


def text(status: int, body: str, *headers: tuple[str, str]) -> Response:
    """Return a plain-text response."""
    return Response(
        status=status, headers=(("content-type", "text/plain; charset=utf-8"), *headers), body=body.encode()
    )


def page(status: int, title: str, body: str, *headers: tuple[str, str]) -> Response:
    """Return an HTML page; `body` is markup, `title` is text."""
    document = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )
    headers = (("content-type", "text/html; charset=utf-8"), *headers)
    return Response(status=status, headers=headers, body=document.encode())


def redirect(status: int, location: str, *headers: tuple[str, str]) -> Response:
    """Return a redirect without a body."""
    return Response(status=status, headers=(("location", location), *headers))


def end_to_end(headers: Sequence[tuple[str, str]]) -> Headers:
    """Return the headers without those that apply to one connection only."""
    return tuple((name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP)


def host_of(header: str) -> str:
    """Return the host of a Host header, lower case and without a port; empty if it is malformed."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _first(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)


def _merged(headers: Headers, added: Sequence[tuple[str, str]]) -> Headers:
    names = {name.lower() for name, _ in added}
    return (*((name, value) for name, value in headers if name.lower() not in names), *added)
