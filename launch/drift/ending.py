"""What ends by itself: the domain's registration, and the excuse for a protection that is off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from contract.resource_types import DNS_RECORD
from launch.report import Finding, Verdict
from launch.stack import State
from launch.strangers import accounts_of
from vendors import Cloudflare, MissingError, RefusedAccessError

SOON_DAYS = 30
"""A registration that ends within this and is not renewed by itself is late; an excuse within this is worth a word."""
LATE_DAYS = 10
"""A registration that renews itself has done so before this."""


def excuses(off: Mapping[str, Mapping[str, Any]], today: date) -> Iterator[Finding]:
    """The last days of what excuses a protection that is off."""
    for key, each in sorted(off.items()):
        until = str(each.get("until") or "")
        left = f"; its excuse ends in {(date.fromisoformat(until) - today).days} days" if until else ""
        detail = f"PROTECTION OFF: {key} is false, as the last update left it{left}"
        yield Finding(subject=key, name="protection", verdict=Verdict.NOTED, detail=detail)


def registration(state: State, cloudflare: Cloudflare, now: datetime | None = None) -> Iterator[Finding]:
    """How long the zone's name stays ours, where Cloudflare is the registrar. Raises VendorError."""
    now = now or datetime.now(UTC)
    domain = apex(state)
    for account in accounts_of(state.resources):
        if not domain:
            return
        try:
            found = cloudflare.registration(account, domain)
        except (MissingError, RefusedAccessError):
            detail = "not checked: Cloudflare is not its registrar, or the token may not read Registrar Domains"
            yield Finding(subject=domain, name="registration", verdict=Verdict.NOTED, detail=detail)
            return
        yield judged(domain, str(found.get("expires_at") or ""), renews=bool(found.get("auto_renew")), now=now)


def judged(domain: str, ends: str, *, renews: bool, now: datetime) -> Finding:
    """What the end of a registration means."""
    if not ends:
        detail = "Cloudflare does not say when it ends"
        return Finding(subject=domain, name="registration", verdict=Verdict.UNCHECKED, detail=detail)
    moment = datetime.fromisoformat(ends)
    left = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).days
    late = left < (LATE_DAYS if renews else SOON_DAYS)
    how = "renews itself" if renews else "does not renew itself"
    return Finding(
        subject=domain,
        name="registration",
        verdict=Verdict.FAILED if late else Verdict.PASSED,
        detail=f"ends in {left} days and {how}",
        remedy="Renew the domain at its registrar: everything else hangs on it." if late else "",
        needs=("person",) if late else (),
    )


def apex(state: State) -> str:
    """The shortest name that the stack has a DNS record for: that of the zone."""
    names = [str((each.get("outputs") or {}).get("name", "")) for each in state.resources if each["type"] == DNS_RECORD]
    return min(filter(None, names), key=len, default="")
