"""The rate limiting rules that a zone's plan allows. The free plan allows a single, simple rule.

https://developers.cloudflare.com/waf/rate-limiting-rules/#availability
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.cloud.cloudflare.protocol import ApiError
from sandbox.state import Document

_FIELD = re.compile(r"\b(?:http|ip|cf|ssl)(?:\.\w+)+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, kw_only=True)
class _Plan:
    rules: int
    periods: tuple[int, ...]
    """Periods in seconds over which requests are counted."""
    timeouts: tuple[int, ...]
    """Durations of the action in seconds."""
    characteristics: frozenset[str]
    fields: frozenset[str] | None
    """Fields that expressions may use; None means any."""


_BASIC = frozenset({"cf.colo.id", "ip.src"})
_PATH = frozenset({"http.request.uri.path", "cf.bot_management.verified_bot", "cf.client.bot"})
_PLANS = {
    "free": _Plan(rules=1, periods=(10,), timeouts=(10,), characteristics=_BASIC, fields=_PATH),
    "pro": _Plan(
        rules=2,
        periods=(10, 60),
        timeouts=(10, 60, 3600),
        characteristics=_BASIC,
        fields=_PATH | {"http.host", "http.request.uri", "http.request.full_uri", "http.request.uri.query"},
    ),
    "business": _Plan(
        rules=5,
        periods=(10, 60, 600),
        timeouts=(10, 60, 3600, 86400),
        characteristics=_BASIC | {"cf.unique_visitor_id"},
        fields=None,
    ),
}


def check_entitled(rules: Sequence[Document], plan: str) -> None:
    """Raise ApiError for rules that the plan does not allow; an unknown plan allows all."""
    limits = _PLANS.get(plan)
    if limits is None:
        return
    if len(rules) > limits.rules:
        counted = f"{len(rules)} out of {limits.rules}"
        text = f"exceeded the maximum number of rules in the phase http_ratelimit: {counted}"
        raise ApiError(400, 20217, text, pointer="/rules")
    for index, rule in enumerate(rules):
        limit, pointer = rule["ratelimit"], f"/rules/{index}/ratelimit"
        _among(limit["period"], limits.periods, "period", pointer)
        _among(limit.get("mitigation_timeout", 0), limits.timeouts, "mitigation_timeout", pointer)
        foreign = sorted({*limit["characteristics"]} - limits.characteristics)
        if foreign:
            raise ApiError(400, 20120, f"not entitled to use {foreign[0]} in characteristics", pointer=pointer)
        used = set(_FIELD.findall(_QUOTED.sub('""', str(rule["expression"]))))
        if limits.fields is not None and (beyond := sorted(used - limits.fields)):
            text = f"not entitled to use the field {beyond[0]} in a rate limiting rule"
            raise ApiError(400, 20120, text, pointer=f"/rules/{index}/expression")


def _among(value: object, allowed: Sequence[int], name: str, pointer: str) -> None:
    if value not in allowed:
        text = f"not entitled to use the {name} {value}, can only use a {name} among {list(allowed)}"
        raise ApiError(400, 20120, text, pointer=f"{pointer}/{name}")
