"""Rate limiting rules of a zone (phase http_ratelimit): counters by address, and the action above the limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.edge.hosts.rules_language import RuleError, evaluate
from sandbox.edge.model import Request, Zone
from sandbox.state import Document

_CHARACTERISTICS: dict[str, Callable[[Request], str]] = {
    "cf.colo.id": lambda _: "",
    "ip.src": lambda request: request.visitor,
}
_BLOCKING = "block"
_LOGGING = "log"
_MOST_COUNTERS = 100_000


@dataclass
class _Counter:
    ends: float
    """The end of the counting period."""
    count: int = 0
    blocked_until: float = 0.0


class RateLimits:
    """The counters of this Cloudflare location. A period begins with the first request counted in it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counters: dict[tuple[str, ...], _Counter] = {}

    def wait(self, zone: Zone, request: Request) -> int | None:
        """Count the request. Return for how many seconds its visitor is blocked, or None if it may proceed.

        Raises RuleError for anything that is not simulated.
        """
        for rule in zone.rate_limits:
            if not rule.get("enabled", True) or not evaluate(str(rule["expression"]), request):
                continue
            seconds = self._count(rule, request)
            if seconds is not None and rule["action"] == _BLOCKING:
                return seconds
        return None

    def _count(self, rule: Document, request: Request) -> int | None:
        if rule["action"] not in (_BLOCKING, _LOGGING):
            raise RuleError(f"the action {rule['action']!r} above a rate is not simulated")
        limit, now = rule["ratelimit"], self._clock()
        counter = self._counter(_key(rule, request), now, float(limit["period"]))
        if counter.blocked_until <= now:
            counter.count += 1
            if counter.count <= int(limit["requests_per_period"]):
                return None
            counter.blocked_until = now + float(limit.get("mitigation_timeout") or limit["period"])
        return max(1, math.ceil(counter.blocked_until - now))

    def _counter(self, key: tuple[str, ...], now: float, period: float) -> _Counter:
        if len(self._counters) >= _MOST_COUNTERS:
            self._counters = {
                each: one for each, one in self._counters.items() if max(one.ends, one.blocked_until) > now
            }
        counter = self._counters.get(key)
        if counter is None or (counter.ends <= now and counter.blocked_until <= now):
            counter = self._counters[key] = _Counter(ends=now + period)
        return counter


def _key(rule: Document, request: Request) -> tuple[str, ...]:
    """Return the key of a counter: the current rule, and the request's characteristics."""
    names = [str(name) for name in rule["ratelimit"]["characteristics"]]
    if unknown := sorted(set(names) - _CHARACTERISTICS.keys()):
        raise RuleError(f"the characteristic {unknown[0]} is not simulated")
    return (str(rule["id"]), str(rule["version"]), *(_CHARACTERISTICS[name](request) for name in names))
