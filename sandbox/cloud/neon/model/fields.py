"""Fields of a request, validated as Neon does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.cloud.neon.model.errors import invalid

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
"""A time in the format of RFC 3339, section 5.6: the time zone is required."""


def text(asked: Mapping[str, Any], name: str, *, longest: int = 256) -> str | None:
    """Return a string field of the request; None if it is absent or empty. Raises ApiError (400)."""
    value = asked.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, str) or len(value.encode()) > longest:
        raise invalid(f"{name} must be a string of at most {longest} bytes")
    return value


def required(asked: Mapping[str, Any], name: str) -> str:
    """Return a required field with the name of a role or database. Raises ApiError (400)."""
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
    """Return a field with a time; None if it is null or missing. Raises ApiError (400)."""
    value = asked.get(name)
    if value is None:
        return None
    try:
        if not _MOMENT.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper())
    except (TypeError, ValueError):
        raise invalid(f"{name} must be a time in the form of RFC 3339, such as 2026-02-28T12:00:00Z") from None
