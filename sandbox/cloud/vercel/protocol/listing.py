"""Lists: pages by time of creation, and the query keys that filter them.

A key that the vendor supports but the sandbox does not is refused: if it were ignored, the list would be wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from starlette.datastructures import QueryParams

from sandbox.cloud.vercel.protocol.errors import bad_request
from sandbox.state import Document

_LARGEST = 100
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def page(
    name: str,
    items: Iterable[Document],
    query: QueryParams,
    *,
    size: int = 20,
    oldest_first: bool = False,
    after: Collection[str] = ("since",),
    before: Collection[str] = ("until",),
) -> Document:
    """Return a page of the items (given oldest first) created between two times in the query, both inclusive.

    `after` and `before` are the query's keys for these times, in milliseconds. `pagination.next` is the time with which
    to request the next page; None on the last. Raises ApiError.
    """
    since, until, limit = _moment(query, after), _moment(query, before), _limit(query, size)
    stored = [
        one
        for one in items
        if (since is None or one["createdAt"] >= since) and (until is None or one["createdAt"] <= until)
    ]
    stored.sort(key=_created)
    found = stored if oldest_first else stored[::-1]
    end = min(limit, len(found))
    # The next page is requested by a time, so items of the same millisecond must stay on one page.
    while 0 < end < len(found) and _created(found[end]) == _created(found[end - 1]):
        end += 1
    step = 1 if oldest_first else -1
    following = _created(found[end - 1]) + step if end < len(found) else None
    moved = since if oldest_first else until
    previous = _created(found[0]) - step if found and moved is not None else None
    return {name: found[:end], "pagination": {"count": end, "next": following, "prev": previous}}


def refuse(query: QueryParams, *keys: str) -> None:
    """Raise ApiError if the query has one of these keys, which the vendor supports but the sandbox does not."""
    for key in keys:
        if key in query:
            raise bad_request(f"Not simulated: the query parameter `{key}`.")


def flag(query: QueryParams, key: str) -> bool | None:
    """Return the key's boolean; None without it. Raises ApiError."""
    text = query.get(key)
    if text is not None and text not in _FLAGS:
        raise bad_request(f"Invalid request: `{key}` should be boolean.")
    return None if text is None else _FLAGS[text]


def choice(query: QueryParams, key: str, allowed: Collection[str]) -> str | None:
    """Return the key's value, which must be allowed; None without it. Raises ApiError."""
    values = choices(query, key, allowed)
    if len(values) > 1:
        raise bad_request(f"Invalid request: `{key}` should be one value.")
    return values[0] if values else None


def choices(query: QueryParams, key: str, allowed: Collection[str] = ()) -> list[str]:
    """Return the key's values, comma-separated or repeated, each of which must be allowed. Raises ApiError."""
    values = [value for text in query.getlist(key) for value in text.split(",") if value]
    if allowed and not set(values) <= set(allowed):
        raise bad_request(f"Invalid request: `{key}` should be equal to one of: {', '.join(allowed)}.")
    return values


def number(query: QueryParams, key: str) -> int | None:
    """Return the key's non-negative integer; None without it. Raises ApiError."""
    text = query.get(key)
    if not text:
        return None
    if not text.isdecimal():
        raise bad_request(f"Invalid request: `{key}` should be number.")
    return int(text)


def _limit(query: QueryParams, size: int) -> int:
    limit = number(query, "limit")
    if limit is not None and not 1 <= limit <= _LARGEST:
        raise bad_request(f"Invalid request: `limit` should be between 1 and {_LARGEST}.")
    return limit or size


def _moment(query: QueryParams, keys: Collection[str]) -> int | None:
    return next((moment for key in keys if (moment := number(query, key)) is not None), None)


def _created(item: Document) -> int:
    return int(item["createdAt"])
