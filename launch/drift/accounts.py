"""What the vendors' accounts say: what is beyond the stack, whose secrets were changed, what ends."""

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
    """One look at all accounts."""

    beside: Beside
    secrets: tuple[Kept, ...]
    ending: tuple[Finding, ...] = ()


def accounts(stack: Stack, state: State) -> Accounts:
    """What they say of the state. What a vendor refuses is among the findings, not checked. Raises PulumiError."""
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
        ending, missed = _asked("registration", lambda: registration(state, client))
        changed, unseen = _asked("secrets of Workers", lambda: changed_at_cloudflare(state, client))
    return [*ending, *missed, *unseen], dict(changed)


def _at_vercel(state: State, access: Access) -> tuple[list[Finding], Moments]:
    try:
        client = Vercel.connect(access)
    except VendorError as error:
        return [_unchecked("secrets of projects", error)], {}
    with closing(client.api):
        changed, missed = _asked("secrets of projects", lambda: changed_at_vercel(state, client))
    return missed, dict(changed)


def _asked(what: str, ask: Callable[[], Iterable[T]]) -> tuple[list[T], list[Finding]]:
    """What the vendor says, and what it kept from being said."""
    try:
        return list(ask()), []
    except VendorError as error:
        return [], [_unchecked(what, error)]


def _unchecked(what: str, error: VendorError) -> Finding:
    reason = f"{error.vendor} {error.what}"
    return Finding(subject="accounts", name=what, verdict=Verdict.UNCHECKED, detail=reason, remedy=error.remedy)
