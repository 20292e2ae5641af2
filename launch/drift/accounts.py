"""A look at the vendors' accounts: undeclared objects, secrets that somebody changed, registrations that end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from launch.drift.beside import Beside, beside
from launch.drift.ending import registration
from launch.drift.kept import Kept, changed_at_cloudflare, changed_at_vercel, kept
from launch.report import Finding, Verdict
from launch.stack import Stack, State
from vendors import Access, Cloudflare, VendorError, Vercel

Moments = dict[str, datetime]
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """The result of one look at all accounts."""

    beside: Beside
    secrets: tuple[Kept, ...]
    ending: tuple[Finding, ...] = ()


def accounts(stack: Stack, state: State) -> Accounts:
    """Look at the accounts. A request that a vendor refuses becomes a finding, not checked. Raises PulumiError."""
    try:
        access = Access.of(stack.provider_settings(), stack.environment)
    except ValueError as error:
        return Accounts(beside=Beside(unchecked=(str(error),)), secrets=tuple(kept(state)))
    with ThreadPoolExecutor(max_workers=3) as pool:
        around = pool.submit(beside, state, access)
        looks = [pool.submit(each, state, access) for each in (_at_cloudflare, _at_vercel)]
        ending = [finding for each in looks for finding in each.result()[0]]
        changed = {urn: moment for each in looks for urn, moment in each.result()[1].items()}
        secrets = tuple(replace(each, changed=changed.get(each.urn)) for each in kept(state))
        return Accounts(beside=around.result(), secrets=secrets, ending=tuple(ending))


def _at_cloudflare(state: State, access: Access) -> tuple[list[Finding], Moments]:
    client = Cloudflare.connect(access)
    with closing(client.api):
        ending, missed = _collected("registration", lambda: registration(state, client))
        changed, unseen = _collected("secrets of Workers", lambda: changed_at_cloudflare(state, client))
    return [*ending, *missed, *unseen], dict(changed)


def _at_vercel(state: State, access: Access) -> tuple[list[Finding], Moments]:
    try:
        client = Vercel.connect(access)
    except VendorError as error:
        return [_unchecked("secrets of projects", error)], {}
    with closing(client.api):
        changed, missed = _collected("secrets of projects", lambda: changed_at_vercel(state, client))
    return missed, dict(changed)


def _collected(what: str, request: Callable[[], Iterable[T]]) -> tuple[list[T], list[Finding]]:
    """Return the vendor's items, and a finding if it refuses the request."""
    try:
        return list(request()), []
    except VendorError as error:
        return [], [_unchecked(what, error)]


def _unchecked(what: str, error: VendorError) -> Finding:
    reason = f"{error.vendor} {error.what}"
    return Finding(subject="accounts", name=what, verdict=Verdict.UNCHECKED, detail=reason, remedy=error.remedy)
