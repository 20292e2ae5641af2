"""Look for undeclared objects in the accounts, each vendor in its own thread."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from contract.resource_types import NEON_PROJECT, VERCEL_PROJECT
from launch.strangers import account, cloudflare, neon, vercel
from launch.strangers.model import Resource, Stranger, of_type
from vendors import Access, Cloudflare, Neon, VendorError, Vercel

Found = tuple[list[Stranger], list[str]]


def strangers(
    resources: Collection[Mapping[str, Any]], access: Access, *, absent: Collection[str] = ()
) -> tuple[list[Stranger], list[str]]:
    """Return the undeclared objects, and what could not be examined, one sentence each.

    `resources` are those of an exported state; `absent` lists hosts that must not exist at all.
    """
    own = _own(resources)

    def of_cloudflare() -> Found:
        client = Cloudflare.connect(access)
        with closing(client.api):
            parts = [lambda zone=zone: cloudflare.strangers(zone, client) for zone in cloudflare.zones(own, absent)]
            parts += [lambda each=each: account.strangers(each, own, absent, client) for each in account.accounts(own)]
            return _all(parts)

    def of_vercel() -> Found:
        client = Vercel.connect(access)
        with closing(client.api):
            return _all([lambda: vercel.strangers(own, client)])

    def of_neon() -> Found:
        client = Neon.connect(access)
        with closing(client.api):
            return _all([lambda: neon.strangers(own, client)])

    looks: list[Callable[[], Found]] = [of_cloudflare]
    looks += [of_vercel] if of_type(own, VERCEL_PROJECT) else []
    looks += [of_neon] if of_type(own, NEON_PROJECT) else []
    found: list[Stranger] = []
    unchecked: list[str] = []
    with ThreadPoolExecutor(max_workers=len(looks)) as pool:
        for look in [pool.submit(each) for each in looks]:
            try:
                seen, missed = look.result()
            except VendorError as error:
                seen, missed = [], [str(error)]
            found += seen
            unchecked += missed
    return found, list(dict.fromkeys(unchecked))


def accounts_of(resources: Collection[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the Cloudflare accounts in which a state has resources."""
    return account.accounts(_own(resources))


def _own(resources: Collection[Mapping[str, Any]]) -> list[Resource]:
    return [
        Resource(each["type"], str(each.get("id", "")), each.get("outputs") or {})
        for each in resources
        if each.get("custom")
    ]


def _all(parts: Collection[Callable[[], Iterator[Stranger]]]) -> Found:
    """Return the strangers of all parts. If a part fails, its earlier results are kept."""
    found: list[Stranger] = []
    unchecked: list[str] = []
    for part in parts:
        try:
            found.extend(part())  # extend keeps the items that come before a failure
        except VendorError as error:
            unchecked.append(str(error))
    return found, unchecked
