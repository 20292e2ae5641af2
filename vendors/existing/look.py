"""Looks for everything that a program declares, all vendors concurrently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from vendors.errors import VendorError
from vendors.existing import cloudflare, neon, vercel
from vendors.existing.inventory import Inventory
from vendors.existing.model import Found, Wanted

Finder = Callable[[Inventory, Wanted], Found | None]

FINDERS: Mapping[str, Finder] = {**cloudflare.FINDERS, **vercel.FINDERS, **neon.FINDERS}
"""Type token to the function that finds a resource of that type.

Types that are not listed cannot exist twice: a zone always has its settings, and generated passwords and database
contents belong to no vendor."""


COPIES: Mapping[str, Callable[[Inventory, Wanted, str], list[str]]] = {**cloudflare.COPIES, **neon.COPIES}
"""Type token to the function that finds the copies of a resource in the state, by its id.

Such copies are those that a failed run could no longer remove."""


def look(inventory: Inventory, wanted: Iterable[Wanted]) -> tuple[list[Found], list[VendorError]]:
    """What exists of the wanted resources, in the same order, and the errors of vendors that could not be asked.

    After its first failure a vendor is not asked again.
    """
    by_vendor: dict[str, list[Wanted]] = {}
    for each in wanted:
        if each.kind in FINDERS:
            by_vendor.setdefault(each.kind.partition(":")[0], []).append(each)
    if not by_vendor:
        return [], []
    with ThreadPoolExecutor(max_workers=len(by_vendor)) as threads:
        answers = list(threads.map(lambda some: _of_one_vendor(inventory, some), by_vendor.values()))
    return [found for some, _ in answers for found in some], [error for _, error in answers if error is not None]


def _of_one_vendor(inventory: Inventory, wanted: Sequence[Wanted]) -> tuple[list[Found], VendorError | None]:
    try:
        found = [FINDERS[each.kind](inventory, each) for each in wanted]
    except VendorError as error:
        return [], error
    return [each for each in found if each is not None], None
