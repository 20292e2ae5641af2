"""What expires: the domain's registration, and the excuse for a protection that is off."""

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
"""A registration that ends this soon and does not renew itself is late; an excuse that ends this soon is reported."""
LATE_DAYS = 10
"""A registration that renews itself has done so by then."""


def excuses(off: Mapping[str, Mapping[str, Any]], today: date) -> Iterator[Finding]:
    """Yield how many days are left of the excuse of each protection that is off."""
    for key, each in sorted(off.items()):
        until = str(each.get("until") or "")
        left = f"; its excuse ends in {(date.fromisoformat(until) - today).days} days" if until else ""
        detail = f"PROTECTION OFF: {key} is false, as the last update left it{left}"
        yield Finding(subject=key, name="protection", verdict=Verdict.NOTED, detail=detail)


def registration(state: State, cloudflare: Cloudflare, now: datetime | None = None) -> Iterator[Finding]:
    """Yield how long the registration of the zone's name lasts, if Cloudflare is the registrar. Raises VendorError."""
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
    """Return the finding about the end of a registration."""
    if not ends:
        detail = "Cloudflare does not report when it ends"
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
    """Return the shortest name that the stack has a DNS record for, which is the zone's."""
    names = [str((each.get("outputs") or {}).get("name", "")) for each in state.resources if each["type"] == DNS_RECORD]
    return min(filter(None, names), key=len, default="")
