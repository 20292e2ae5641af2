"""Fields of a request: read, checked, or refused as Neon does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sandbox.cloud.neon.model.errors import invalid

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII)
"""RFC 3339, section 5.6: the time zone is not optional."""


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
    """A point in time; None if it is null or missing. Raises ApiError (400)."""
    value = asked.get(name)
    if value is None:
        return None
    try:
        if not _MOMENT.fullmatch(value):
            raise ValueError
        return datetime.fromisoformat(value.upper())
    except (TypeError, ValueError):
        raise invalid(f"{name} must be a time in the form of RFC 3339, such as 2026-02-28T12:00:00Z") from None
