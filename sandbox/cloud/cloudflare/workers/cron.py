"""Cloudflare's cron expressions: five fields, in UTC, with weekdays numbered from 1 (Sunday).

    expression = Expression.of("*/5 * * * MON-FRI")
    expression.matches(moment)

The vendor also supports `L`, `W` and `#`; the sandbox does not, and reports an error for them.
https://developers.cloudflare.com/workers/configuration/cron-triggers/#supported-cron-expressions
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("weekday", 1, 7, _DAYS),
)
"""Each field's name, least and greatest value, and the names of its values, starting with the least."""
_PART = re.compile(r"(?P<first>\*|\w+)(?:-(?P<last>\w+))?(?:/(?P<step>\d+))?")


class CronError(ValueError):
    """The expression is invalid, or uses a feature that is not simulated; the message names the part."""


@dataclass(frozen=True)
class Expression:
    """A schedule."""

    text: str
    fields: tuple[frozenset[int], ...]
    """The allowed values of each of the five fields."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Parse an expression. Raises CronError."""
        parts = text.split()
        if len(parts) != len(_FIELDS):
            raise CronError(f"{text!r} has {len(parts)} fields, not {len(_FIELDS)}")
        return cls(text, tuple(_values(part, *field) for part, field in zip(parts, _FIELDS, strict=True)))

    def matches(self, moment: datetime) -> bool:
        """Return whether the schedule is due in the minute of `moment`, which is UTC.

        If both the day of the month and the weekday are restricted, one match is enough, as in cron.
        """
        minute, hour, day, month, weekday = self.fields
        if moment.minute not in minute or moment.hour not in hour or moment.month not in month:
            return False
        today, of_week = moment.day in day, moment.isoweekday() % 7 + 1 in weekday
        any_day, any_weekday = len(day) == 31, len(weekday) == 7
        return (today or of_week) if not any_day and not any_weekday else (today and of_week)


def _values(text: str, name: str, least: int, greatest: int, names: tuple[str, ...]) -> frozenset[int]:
    allowed: set[int] = set()
    for part in text.split(","):
        found = _PART.fullmatch(part)
        if found is None:
            raise CronError(f"{part!r} is not a valid {name}")
        first, last, step = found["first"], found["last"], int(found["step"] or 1)
        if first == "*":
            low, high = least, greatest
        else:
            low = _number(first, name, least, greatest, names)
            high = _number(last, name, least, greatest, names) if last else (greatest if found["step"] else low)
        if step < 1 or high < low or (first == "*" and last):
            raise CronError(f"{part!r} is not a valid {name}")
        allowed.update(range(low, high + 1, step))
    return frozenset(allowed)


def _number(text: str, name: str, least: int, greatest: int, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return least + names.index(text.upper())
    if text.isdecimal() and least <= int(text) <= greatest:
        return int(text)
    raise CronError(f"{text!r} is not a {name} (from {least} to {greatest})")
