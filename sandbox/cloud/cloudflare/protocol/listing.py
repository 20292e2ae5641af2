"""Filtering and sorting of a list by the query.

An unknown key is refused: if it were ignored, the response would be a longer list that looks like the filtered one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from starlette.datastructures import QueryParams

from sandbox.cloud.cloudflare.protocol.errors import ApiError
from sandbox.state import Document

Test = Callable[[Document, str], bool]
"""A test of whether a document matches the query's value."""
Filters = Mapping[str, Test]
"""Tests by the query's key."""

_PAGING = ("page", "per_page")


def selected(
    documents: Iterable[Document],
    query: QueryParams,
    filters: Filters,
    sortable: tuple[str, ...],
    allowed: Mapping[str, tuple[str, ...]] | None = None,
    search: Test | None = None,
) -> list[Document]:
    """Return the documents that match all filters (`match=any`: at least one) and the search, in the requested order.

    `allowed` lists the only values of certain filters. `search` is the test for the key `search`, which always applies,
    whatever `match` is. Raises ApiError for an unknown key, and for a value that is not allowed.
    """
    options = {"match": ("all", "any"), "order": sortable, "direction": ("asc", "desc"), **(allowed or {})}
    for key, value in query.multi_items():
        if key in options:
            _refuse_unless(value in options[key], key, value)
        elif key == "search":
            _refuse_unless(search is not None, key)
        else:
            _refuse_unless(key in filters or key in _PAGING, key)
    tests = [(test, query[key]) for key, test in filters.items() if key in query]
    combine = any if query.get("match") == "any" and tests else all
    found = [document for document in documents if combine(test(document, wanted) for test, wanted in tests)]
    if search is not None and "search" in query:
        found = [document for document in found if search(document, query["search"])]
    if order := query.get("order"):
        found.sort(key=lambda document: document[order], reverse=query.get("direction") == "desc")
    return found


def texts(field: str) -> dict[str, Test]:
    """Return the filters of an optional text field, by the whole text or part of it, ignoring case.

    The bare field name is the older form of `exact`.
    """

    def comparing(fits: Callable[[str, str], bool]) -> Test:
        return lambda document, wanted: fits((document.get(field) or "").lower(), wanted.lower())

    exact = comparing(lambda text, wanted: text == wanted)
    return {
        field: exact,
        f"{field}.exact": exact,
        f"{field}.contains": comparing(lambda text, wanted: wanted in text),
        f"{field}.startswith": comparing(str.startswith),
        f"{field}.endswith": comparing(str.endswith),
    }


def _refuse_unless(known: bool, key: str, value: str | None = None) -> None:
    if not known:
        raise ApiError(400, 1004, f"Invalid query parameter: {key}" + ("" if value is None else f"={value}"))
