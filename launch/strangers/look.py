"""Looks at the accounts for what a stack does not declare, each vendor in a thread of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

from contract.resource_types import VERCEL_PROJECT
from launch.strangers import cloudflare, vercel
from launch.strangers.model import Resource, Stranger, of_type
from vendors import Access, Cloudflare, VendorError, Vercel


def strangers(
    resources: Collection[Mapping[str, Any]], access: Access, *, absent: Collection[str] = ()
) -> tuple[list[Stranger], list[str]]:
    """What is beside the declared, and what could not be looked at, a sentence each.

    `resources` are those of an exported state; `absent` are hosts that must not be there at all.
    """
    own = [
        Resource(each["type"], str(each.get("id", "")), each.get("outputs") or {})
        for each in resources
        if each.get("custom")
    ]

    def of_cloudflare() -> list[Stranger]:
        client = Cloudflare.connect(access)
        with closing(client.api):
            return [found for zone in cloudflare.zones(own, absent) for found in cloudflare.strangers(zone, client)]

    def of_vercel() -> list[Stranger]:
        if not of_type(own, VERCEL_PROJECT):
            return []
        client = Vercel.connect(access)
        with closing(client.api):
            return list(vercel.strangers(own, client))

    found: list[Stranger] = []
    unchecked: list[str] = []
    with ThreadPoolExecutor() as pool:
        for look in [pool.submit(of_cloudflare), pool.submit(of_vercel)]:
            try:
                found += look.result()
            except VendorError as error:
                unchecked.append(str(error))
    return found, unchecked
