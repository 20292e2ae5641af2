"""Matches everything that a program declares against the vendors, all vendors concurrently."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from vendors.adoptable import cloudflare, neon, vercel
from vendors.adoptable.model import Found, Match
from vendors.existing import Inventory, Wanted

FINDERS: Mapping[str, Callable[[Inventory, Wanted], Found]] = {
    **cloudflare.FINDERS,
    **vercel.FINDERS,
    **neon.FINDERS,
}
"""Type token to the function that finds a resource of that type."""


def match(inventory: Inventory, wanted: Iterable[Wanted]) -> list[Match]:
    """One match for each wanted resource of a known type, in the same order. Raises VendorError."""
    known = [each for each in wanted if each.kind in FINDERS]
    vendors: dict[str, list[Wanted]] = {}
    for each in known:
        vendors.setdefault(each.kind.partition(":")[0], []).append(each)
    if not known:
        return []
    with ThreadPoolExecutor(max_workers=len(vendors)) as threads:
        answers = threads.map(lambda some: _of_one_vendor(inventory, some), vendors.values())
    found = {(each.kind, each.name): each for some in answers for each in some}
    return [found[each.kind, each.name] for each in known]


def _of_one_vendor(inventory: Inventory, wanted: Sequence[Wanted]) -> list[Match]:
    return [FINDERS[each.kind](inventory, each).of(each) for each in wanted]
