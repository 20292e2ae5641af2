"""Filters and order of a list, as the query asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from starlette.datastructures import QueryParams

from sandbox.cloud.store import Document

Filters = Mapping[str, Callable[[Document, str], bool]]
"""By name of the query's key: whether a document fits the wanted value."""


def selected(
    documents: Iterable[Document], query: QueryParams, filters: Filters, sortable: Iterable[str]
) -> list[Document]:
    """The documents that fit all filters (`match=any`: at least one), in the wanted order or as they are."""
    tests = [(test, query[key]) for key, test in filters.items() if key in query]
    combine = any if query.get("match") == "any" and tests else all
    found = [document for document in documents if combine(test(document, wanted) for test, wanted in tests)]
    order = query.get("order")
    if order in tuple(sortable):
        found.sort(key=lambda document: document[order], reverse=query.get("direction") == "desc")
    return found
