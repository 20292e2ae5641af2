"""Connection URLs: read as libpq reads them, refused if they are ambiguous, shown without secrets."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from database.postgres.errors import UrlError

_SCHEMES = ("postgresql://", "postgres://")
_HIDDEN = "postgresql://…"
_ENCODE = "Percent-encode special characters of the password."
_SECRETS = ("password", "sslpassword", "oauth_client_secret")


def parameters(url: str) -> dict[str, Any]:
    """Return the URL's parameters by libpq's names. Raises UrlError, whose text contains no part of a malformed URL.

    A URL is malformed if its parts depend on the parser: with an unencoded @, / or # in a password, a piece of the
    password is a host to one parser and a path to another, and would be shown as such.
    """
    if not url.startswith(_SCHEMES):
        raise UrlError("the database URL does not start with postgresql://", remedy="Pass the URI as Neon shows it.")
    parts = _parts(url)
    if parts is None:
        raise UrlError("the database URL is malformed", remedy=_ENCODE)
    if unknown := _unknown(parts):
        raise UrlError(
            f"the database URL has the parameter {unknown}, which PostgreSQL's own client does not support",
            remedy="Remove it: it is meant for another client.",
        )
    given: dict[str, Any] = {}
    with suppress(psycopg.ProgrammingError):
        given = dict(conninfo_to_dict(url))
    if not given:
        # libpq's message repeats the URL with its password, so it is not passed on, neither as cause nor as context.
        raise UrlError("the database URL is malformed", remedy=_ENCODE)
    if given.get("password", "") != unquote(parts.password or "") and "password=" not in parts.query:
        raise UrlError("the database URL is malformed", remedy=_ENCODE)
    return given


def safe_url(url: str) -> str:
    """Return only the URL's role, host and database: safe for logs and messages."""
    parts = _parts(url) if url.startswith(_SCHEMES) else None
    if parts is None:
        return _HIDDEN
    user = f"{parts.username}@" if parts.username else ""
    return f"postgresql://{user}{parts.netloc.rpartition('@')[2]}{parts.path}"


def redact(text: str, url: str) -> str:
    """Return `text` without the URL and its secrets, in case a library quoted them."""
    text = text.replace(url, safe_url(url))
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        return text
    for secret in sorted((str(given.get(name) or "") for name in _SECRETS), key=len, reverse=True):
        if secret:
            text = text.replace(secret, "…")
    return text


def _parts(url: str) -> SplitResult | None:
    """Return the URL's parts if all parsers agree on them, else None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    userinfo, _, hosts = parts.netloc.rpartition("@")
    elsewhere = f"{parts.path}{parts.query}"
    if "#" in url or "@" in userinfo or "@" in elsewhere or any(each.isspace() for each in url):
        return None
    ports = [host.rpartition("]")[2].rpartition(":")[2] for host in hosts.split(",") if ":" in host.rpartition("]")[2]]
    if not all(port.isdecimal() for port in ports):
        return None
    return parts


def _unknown(parts: SplitResult) -> str | None:
    """Return the first parameter unknown to libpq. It is not a secret, because the URL has no other reading."""
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()} | {"ssl"}
    names = [pair.partition("=")[0] for pair in parts.query.split("&") if pair]
    return next((name for name in names if name not in known and name.isidentifier()), None)
