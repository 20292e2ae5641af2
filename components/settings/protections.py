"""Protections that a setting can switch off, and excuses for that: a reason and an end date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypedDict

from components.settings.reader import Configuration

SANDBOX = "sandbox"
"""The stack that needs no excuse for a protection that is off."""
LONGEST = timedelta(days=90)
"""How far in the future an excuse may end."""
MEANINGS: Mapping[str, str] = {
    "enableRls": "the dashboard sets no tenant for its statements (ENABLE_RLS)",
    "enableRateLimiting": "users' calls are not limited (ENABLE_RATE_LIMITING)",
}
"""Setting -> the consequence while it is false."""
_EXCUSE = re.compile(r"(?P<key>\w+) until (?P<day>\d{4}-\d{2}-\d{2}): (?P<reason>\S.{9,199})", re.ASCII)
_FORM = (
    "an excuse KEY until YYYY-MM-DD: REASON (10 to 200 characters), such as enableRls until 2026-12-31: incident 4711"
)


class Off(TypedDict):
    """The stack's record of a protection that is off, part of its outputs."""

    meaning: str
    reason: str
    """The reason; empty in the sandbox."""
    until: str
    """Last day of the excuse, as YYYY-MM-DD; empty in the sandbox."""


@dataclass(frozen=True, kw_only=True)
class Excuse:
    """The reason why a protection is off, and the last day on which it may be."""

    key: str
    until: date
    reason: str


def off(read: Configuration, settings: Mapping[str, bool], *, stack: str, today: date) -> dict[str, Off]:
    """Return the protections that are off, by key. Outside the sandbox, note a mistake for each one without an excuse.

    `settings`: key -> whether it is on. Days are in UTC.
    """
    excuses: dict[str, Excuse] = {}
    for index, word in enumerate(read.words("protectionsOff", lambda word: bool(_excuse(word)), _FORM)):
        if excuse := _excuse(word):
            _check(excuse, excuses, settings, read, f"[{index}]", today)
            excuses[excuse.key] = excuse
    found: dict[str, Off] = {}
    for key, is_on in settings.items():
        if is_on:
            continue
        excuse = excuses.get(key)
        until, reason = (excuse.until.isoformat(), excuse.reason) if excuse else ("", "")
        found[key] = {"meaning": MEANINGS[key], "reason": reason, "until": until}
        if stack == SANDBOX:
            continue
        if excuse is None:
            what = f"is false, and protectionsOff gives no reason: {MEANINGS[key]}"
            remedy = f"pulumi config set {key} true, or: pulumi config set --path 'protectionsOff[0]' "
            read.mistakes.add(f"prductr:{key}", what, remedy + f"'{key} until YYYY-MM-DD: REASON'")
        elif excuse.until < today:
            what = f"is false, which was excused only until {excuse.until}: {MEANINGS[key]}"
            remedy = f"pulumi config set {key} true, or give protectionsOff a new date and reason."
            read.mistakes.add(f"prductr:{key}", what, remedy)
    return found


def warning(key: str, off: Off) -> str:
    """Return the warning of each preview and update about a protection that is off."""
    excused = f" Excused until {off['until']}: {off['reason']}" if off["until"] else ""
    return f"PROTECTION OFF: {key} is false, {off['meaning']}.{excused}"


def _check(
    excuse: Excuse,
    others: Mapping[str, Excuse],
    settings: Mapping[str, bool],
    read: Configuration,
    path: str,
    today: date,
) -> None:
    if excuse.key not in settings:
        read.wrong("protectionsOff", f"{excuse.key} is none of {', '.join(settings)}", path)
    elif settings[excuse.key]:
        read.wrong("protectionsOff", f"excuses {excuse.key}, which is on: remove the entry", path)
    if excuse.key in others:
        read.wrong("protectionsOff", f"excuses {excuse.key} twice", path)
    if excuse.until > today + LONGEST:
        read.wrong("protectionsOff", f"{excuse.until} is more than {LONGEST.days} days ahead", path)


def _excuse(word: str) -> Excuse | None:
    found = _EXCUSE.fullmatch(word)
    if not found:
        return None
    try:
        return Excuse(key=found["key"], until=date.fromisoformat(found["day"]), reason=found["reason"])
    except ValueError:
        return None
