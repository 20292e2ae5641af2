"""Looks for all that a program wants, vendor by vendor, at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from vendors.errors import VendorError
from vendors.existing import cloudflare, neon, vercel
from vendors.existing.inventory import Inventory
from vendors.existing.model import Found, Wanted

Finder = Callable[[Inventory, Wanted], Found | None]

FINDERS: Mapping[str, Finder] = {**cloudflare.FINDERS, **vercel.FINDERS, **neon.FINDERS}
"""Type token to what finds a resource of that type.

Types that are not listed cannot be made twice: a zone's settings are always there, and generated passwords and what is
in a database are no vendor's."""


COPIES: Mapping[str, Callable[[Inventory, Wanted, str], list[str]]] = {**cloudflare.COPIES, **neon.COPIES}
"""Type token to what finds the copies of a resource that is in the state already, by its id.

They are those that a run which failed could not remove any more."""


def look(inventory: Inventory, wanted: Iterable[Wanted]) -> tuple[list[Found], list[VendorError]]:
    """What exists of what is wanted, in the same order, and the VendorErrors of vendors that could not be asked.

    A vendor that fails is asked nothing more.
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
