"""Secrets that no API shows: the age of each, a fingerprint to compare values by, and whether it was changed.

A vendor that hides a value still reports when it was last set. A time after the stack's own is a change by hand, which
no comparison of values can detect (V3).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contract.resource_types import VERCEL_VARIABLE, WORKERS_SCRIPT
from launch.stack import State
from vendors import Cloudflare, Vercel

SKEW = timedelta(minutes=2)
"""How far the clocks of a vendor and this machine may differ."""
_DIGITS = 10
"""Hexadecimal digits of a fingerprint: enough to distinguish values, too few to find one."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One secret."""

    resource: str
    urn: str
    since: datetime
    """When the stack last set it."""
    fingerprint: str
    """Fingerprint of the value that the stack set; of several values, of all."""
    changed: datetime | None = None
    """When somebody else set it, after the stack."""

    def age(self, now: datetime) -> str:
        """Return the age for people."""
        return f"{(now - self.since).days} days"


def kept(state: State) -> list[Kept]:
    """Return the secrets of the state, without a look at a vendor."""
    secrets = state.secrets()
    return [
        Kept(
            resource=each["urn"].rpartition("::")[2],
            urn=each["urn"],
            since=_moment(each.get("modified")),
            fingerprint=fingerprint(each["urn"], secrets[each["urn"]].values()),
        )
        for each in state.resources
        if each["urn"] in secrets and each.get("custom")
    ]


def fingerprint(urn: str, values: Iterable[str]) -> str:
    """Distinguish values of one resource, without revealing whether two resources have equal values."""
    return hmac.new(urn.encode(), "\0".join(values).encode(), hashlib.sha256).hexdigest()[:_DIGITS]


def changed_at_vercel(state: State, vercel: Vercel) -> Iterator[tuple[str, datetime]]:
    """Yield URN and time of each variable that was set after the stack set it. Raises VendorError."""
    variables = [each for each in state.resources if each["type"] == VERCEL_VARIABLE]
    projects = dict.fromkeys(str((each.get("outputs") or {}).get("projectId", "")) for each in variables)
    # By id: a review stack has variables of the same names in the same project.
    own = {str(each["id"]): each for each in variables if (each.get("outputs") or {}).get("sensitive")}
    for project in projects:
        for variable in vercel.variables(project):
            mine = own.get(str(variable["id"]))
            moment = variable.get("updatedAt") or variable.get("createdAt")
            if mine and moment:
                there = datetime.fromtimestamp(int(moment) / 1000, UTC)
                if there > _moment(mine.get("modified")) + SKEW:
                    yield mine["urn"], there


def changed_at_cloudflare(state: State, cloudflare: Cloudflare) -> Iterator[tuple[str, datetime]]:
    """Yield the same for Workers, whose secret bindings are hidden: any change later than the stack's own counts."""
    scripts = [each for each in state.resources if each["type"] == WORKERS_SCRIPT]
    for account in dict.fromkeys(str((each.get("outputs") or {}).get("accountId", "")) for each in scripts):
        there = {str(each["id"]): each for each in cloudflare.scripts(account)}
        for script in scripts:
            name = str((script.get("outputs") or {}).get("scriptName", ""))
            found = there.get(name)
            if found and found.get("modified_on"):
                moment = _moment(found["modified_on"])
                if moment > max(_of_script(state, name), default=_moment(script.get("modified"))) + SKEW:
                    yield script["urn"], moment


def _of_script(state: State, name: str) -> list[datetime]:
    """Return when the stack changed the Worker, its hosts and its triggers."""
    names = ("scriptName", "service")
    return [
        _moment(each.get("modified"))
        for each in state.resources
        if name in {(each.get("outputs") or {}).get(key) for key in names}
    ]


def _moment(text: Any) -> datetime:  # noqa: ANN401 -- JSON
    """Parse a time in RFC 3339, or return the epoch if there is none. Python reads at most six digits of a second."""
    if not isinstance(text, str) or not text:
        return datetime.fromtimestamp(0, UTC)
    whole, dot, rest = text.partition(".")
    digits = "".join(each for each in rest if each.isdigit()) if dot else ""
    zone = rest.lstrip("0123456789") if dot else ""
    found = datetime.fromisoformat(f"{whole}.{digits[:6]}{zone}" if dot else whole)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def document(each: Kept, now: datetime) -> Mapping[str, Any]:
    """Return the secret as JSON, without its value."""
    return {
        "resource": each.resource,
        "since": each.since.isoformat(),
        "days": (now - each.since).days,
        "fingerprint": each.fingerprint,
        "changed_by_hand": each.changed.isoformat() if each.changed else None,
    }
