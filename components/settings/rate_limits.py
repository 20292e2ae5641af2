"""The rate limit: as an operator configures it, a list of words, and as the gateway reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from components.settings.reader import Configuration

HIGHEST_LIMIT = 10_000
LONGEST_WINDOW_SECONDS = 366 * 86_400
BURST_SECONDS = 10
"""Counting period of the burst shield: the only one that a free zone offers."""
_PLAN = re.compile(r"(?P<name>[a-z][a-z0-9_-]{0,49})=(?P<limit>\d{1,5})/(?P<seconds>\d{1,8})", re.ASCII)
_MEMBER = re.compile(r"(?P<who>(?:user|organization):[\w.:@|-]{1,128})=(?P<plan>[a-z][a-z0-9_-]{0,49})", re.ASCII)
_RULE = re.compile(r"(?P<methods>[A-Z]+(?:,[A-Z]+)*) (?P<path>/[^\s*]*\*?) (?P<answer>open|closed)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The number of calls of a user that are admitted in a window of time."""

    limit: int
    window_seconds: int


@dataclass(frozen=True, kw_only=True)
class RateLimits:
    """The limit of each user, and the shield in front of it."""

    plans: Mapping[str, Plan]
    """By name; the first is the default plan."""
    members: Mapping[str, str]
    """user:ID or organization:ID -> name of its plan."""
    unavailable: tuple[Mapping[str, Any], ...]
    """Whether calls pass while the limiter does not respond, by method and path, in the gateway's form."""
    burst_requests: int
    """Requests of one address in BURST_SECONDS above which Cloudflare blocks it; 0 for no rule."""

    @classmethod
    def read(cls, read: Configuration) -> Self:
        """Read the limits from the configuration, noting mistakes."""
        words = read.words("rateLimitPlans", _is_plan, _MEANING)
        plans = [found for word in words if _is_plan(word) and (found := _PLAN.fullmatch(word))]
        if not words:
            read.wrong("rateLimitPlans", "names no plan; the first is the default for everybody", "[0]")
        members = [
            found
            for word in read.words("rateLimitMembers", lambda word: bool(_MEMBER.fullmatch(word)), _MEMBERS)
            if (found := _MEMBER.fullmatch(word))
        ]
        rules = [
            found
            for word in read.words("rateLimitUnavailable", lambda word: bool(_RULE.fullmatch(word)), _RULES)
            if (found := _RULE.fullmatch(word))
        ]
        limits = cls(
            plans={
                found["name"]: Plan(limit=int(found["limit"]), window_seconds=int(found["seconds"])) for found in plans
            },
            members={found["who"]: found["plan"] for found in members},
            unavailable=tuple(
                {"methods": found["methods"].split(","), "path": found["path"], "answer": found["answer"]}
                for found in rules
            ),
            burst_requests=read.integer("burstRequests", 0, 1_000_000, "requests"),
        )
        _check(limits, len(plans), len(members), read)
        return limits

    @property
    def words(self) -> list[str]:
        """The plans as the configuration writes them, in its order: NAME=CALLS/SECONDS."""
        return [f"{name}={plan.limit}/{plan.window_seconds}" for name, plan in self.plans.items()]

    @property
    def document(self) -> str:
        """The plans as the gateway reads them."""
        plans = {
            name: {"limit": plan.limit, "window_seconds": plan.window_seconds} for name, plan in self.plans.items()
        }
        return json.dumps({"default_plan": next(iter(plans), ""), "plans": plans, "members": dict(self.members)})


_MEANING = (
    f"a plan NAME=CALLS/SECONDS, such as free=100/86400 (at most {HIGHEST_LIMIT} calls in {LONGEST_WINDOW_SECONDS} s)"
)
_MEMBERS = "a member and its plan, such as user:ID=pro or organization:ID=pro"
_RULES = "methods, path and answer, such as GET,HEAD /reports/* open (or closed)"


def _is_plan(word: str) -> bool:
    found = _PLAN.fullmatch(word)
    if found is None or int(found["limit"]) > HIGHEST_LIMIT:
        return False
    return 1 <= int(found["seconds"]) <= LONGEST_WINDOW_SECONDS


def _check(limits: RateLimits, plans: int, members: int, read: Configuration) -> None:
    """Note mistakes that no single word shows."""
    if plans != len(limits.plans):
        read.wrong("rateLimitPlans", "names a plan twice")
    if members != len(limits.members):
        read.wrong("rateLimitMembers", "gives a member two plans")
    for plan in sorted(set(limits.members.values()) - limits.plans.keys()):
        read.wrong("rateLimitMembers", f"names the plan {plan!r}, which rateLimitPlans does not have")
    most = max((plan.limit for plan in limits.plans.values()), default=0)
    if 0 < limits.burst_requests < most:
        what = f"{limits.burst_requests} in {BURST_SECONDS} s is stricter than a plan that allows {most} calls at once"
        read.wrong("burstRequests", what)
