"""Pagination of lists: `limit` and `cursor` in the query, the next cursor in the response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.cloud.neon.model import invalid
from sandbox.state import Document


def page(
    items: Sequence[Document], query: Mapping[str, str], default: int, most: int
) -> tuple[list[Document], Document]:
    """Return the requested page, and its `pagination`. The cursor is the id of the last item."""
    limit = query.get("limit", str(default))
    if not limit.isdecimal() or not 1 <= int(limit) <= most:
        raise invalid(f"limit must be a number from 1 to {most}")
    ids = [item["id"] for item in items]
    cursor = query.get("cursor")
    if cursor and cursor not in ids:
        raise invalid("invalid cursor")
    start = ids.index(cursor) + 1 if cursor else 0
    chosen = list(items[start : start + int(limit)])
    return chosen, {"cursor": chosen[-1]["id"] if chosen else ""}
