"""Faults that the admin endpoint orders: slow answers, refusals, broken connections, answers that never come.

A rule names calls by method and path and says what happens to them, how often, or with which (seeded) probability.
Rules live as long as the process: a restarted cloud is a healthy one.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import dataclass, field
from typing import Any

BUILD_ERROR = "build_error"
ACTIONS = ("latency", "status", "reset", "timeout_after", BUILD_ERROR)
"""`latency`: answer after `seconds`. `status`: answer `status` and change nothing. `reset`: break the connection before
anything happens. `timeout_after`: do the change, then never answer; after `seconds` the connection breaks.
`build_error`: no call is disturbed; the build of a deployment at Vercel fails, whose `path` is PROJECT/REF."""

_PLAIN = {"seconds", "status", "retry_after", "probability", "seed"}
_FIELDS = _PLAIN | {"match", "action", "count"}


class FaultError(ValueError):
    """A rule that makes no sense; the message names the field."""


@dataclass(kw_only=True)
class Rule:
    """One ordered fault. `remaining` counts down with each use; None is for ever."""

    id: str
    action: str
    method: str | None = None
    path: re.Pattern[str] = field(default_factory=lambda: re.compile(""))
    seconds: float = 0.0
    status: int = 500
    retry_after: int | None = None
    remaining: int | None = None
    probability: float = 1.0
    seed: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise FaultError(f"action: {self.action!r} is none of {', '.join(ACTIONS)}")
        if not 400 <= self.status <= 599:
            raise FaultError(f"status: {self.status} is not an error (400 to 599)")
        if self.remaining is not None and (type(self.remaining) is not int or self.remaining < 1):
            raise FaultError(f"count: {self.remaining!r} is not a number above 0")
        if not 0 <= self.probability <= 1:
            raise FaultError(f"probability: {self.probability} is not between 0 and 1")
        if not 0 <= self.seconds <= 3600:
            raise FaultError(f"seconds: {self.seconds} is not between 0 and 3600")
        if self.action == BUILD_ERROR and self.method:
            raise FaultError("match.method: a build is no call and has no method")
        self._random = random.Random(self.seed)  # noqa: S311 -- repeatable on purpose

    def strikes(self, method: str, path: str) -> bool:
        """Whether this call is hit. Draws from the rule's own random sequence, so order of calls decides."""
        if self.remaining == 0 or (self.method and self.method != method) or not self.path.search(path):
            return False
        if self._random.random() >= self.probability:
            return False
        self.used += 1
        if self.remaining is not None:
            self.remaining -= 1
        return True

    def document(self) -> dict[str, Any]:
        """The rule as the admin endpoint shows it."""
        return {
            "id": self.id,
            "match": {"method": self.method, "path": self.path.pattern},
            "action": self.action,
            "seconds": self.seconds,
            "status": self.status,
            "retry_after": self.retry_after,
            "count": self.remaining,
            "probability": self.probability,
            "seed": self.seed,
            "used": self.used,
        }


class Faults:
    """All rules, oldest first; the first that strikes decides."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._next = 1

    def add(self, order: dict[str, Any]) -> Rule:
        """Add a rule from its document. Raises FaultError."""
        unknown = set(order) - _FIELDS
        if unknown:
            raise FaultError(f"unknown: {', '.join(sorted(unknown))}")
        values = {key: order[key] for key in _PLAIN & set(order)}
        match = order.get("match") or {}
        try:
            with self._lock:
                rule = Rule(
                    id=str(self._next),
                    action=order.get("action", ""),
                    method=match["method"].upper() if match.get("method") else None,
                    path=re.compile(match.get("path") or ""),
                    remaining=order.get("count"),
                    **values,
                )
                self._next += 1
                self._rules.append(rule)
        except (re.error, TypeError, AttributeError) as error:
            raise FaultError(str(error)) from error
        return rule

    def remove(self, id: str | None = None) -> int:  # noqa: A002
        """Remove the rule, or all; how many went."""
        with self._lock:
            kept = [rule for rule in self._rules if id is not None and rule.id != id]
            gone = len(self._rules) - len(kept)
            self._rules = kept
            return gone

    def documents(self) -> list[dict[str, Any]]:
        """Every rule, with how often it was used."""
        with self._lock:
            return [rule.document() for rule in self._rules]

    def strike(self, method: str, path: str) -> Rule | None:
        """The rule that hits this call, if any; counts the use."""
        with self._lock:
            rules = (rule for rule in self._rules if rule.action != BUILD_ERROR)
            return next((rule for rule in rules if rule.strikes(method, path)), None)

    def fails_build(self, project: str, ref: str) -> bool:
        """Whether a rule lets the build of this git reference fail; counts the use."""
        with self._lock:
            rules = [rule for rule in self._rules if rule.action == BUILD_ERROR]
            return any(rule.strikes("", f"{project}/{ref}") for rule in rules)
