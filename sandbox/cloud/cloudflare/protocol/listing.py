"""Filters and order of a list, from the query.

An unknown key is refused: if it were ignored, the answer would be a longer list that looks like the wanted one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from starlette.datastructures import QueryParams

from sandbox.cloud.cloudflare.protocol.errors import ApiError
from sandbox.state import Document

Test = Callable[[Document, str], bool]
"""Whether a document fits the wanted value."""
Filters = Mapping[str, Test]
"""By name of the query's key."""

_PAGING = ("page", "per_page")


def selected(
    documents: Iterable[Document],
    query: QueryParams,
    filters: Filters,
    sortable: tuple[str, ...],
    allowed: Mapping[str, tuple[str, ...]] | None = None,
    search: Test | None = None,
) -> list[Document]:
    """Return the documents that fit all filters (`match=any`: at least one) and the search, in the wanted order.

    `allowed`: the values of filters that take no others. `search` is what the key of this name asks, whatever `match`
    says. Raises ApiError for an unknown key, and for a value that is not allowed.
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
    """Filters of a field that holds a text or none: as a whole, or a part of it, in whatever case.

    The bare name of the field is the older form of `exact`.
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
