"""One fault rule: strict parsing of its document, and matching of calls.

Unknown fields are refused: a rule with a misspelt condition would match every call.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from typing import Any

BUILD_ERROR = "build_error"
ACTIONS = ("latency", "status", "reset", "timeout_after", BUILD_ERROR)
"""`latency`: respond after `seconds`. `status`: return `status` and change nothing. `reset`: reset the connection
before anything happens; with `after`, both make the change first. `timeout_after`: make the change, but never respond;
after `seconds` the connection is reset.
`build_error`: no call is affected; the build of a Vercel deployment fails, and `path` is matched with PROJECT/REF."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_WHOLE = {"status": (400, 599), "retry_after": (0, 86_400), "count": (1, 1_000_000), "seed": (-(2**63), 2**63)}
_REAL = {"seconds": (0, 3600), "probability": (0, 1)}
_FIELDS = {"match", "action", "after"} | _WHOLE.keys() | _REAL.keys()
_CONDITIONS = {"method", "path"}


class FaultError(ValueError):
    """An invalid rule; the message names the field."""


@dataclass(kw_only=True)
class Rule:
    """One fault. `remaining` counts down with each use; None means no limit."""

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
    after: bool = False
    """Whether a `status` or a `reset` takes effect after the change has been made."""
    used: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 -- deliberately reproducible

    @classmethod
    def read(cls, id: str, order: Mapping[str, Any]) -> Rule:  # noqa: A002
        """Return the rule that a document describes; null counts as absent. Raises FaultError."""
        _ensure_known(order, _FIELDS, "")
        action = order.get("action")
        if action not in ACTIONS:
            raise FaultError(f"action: {action!r} is none of {', '.join(ACTIONS)}")
        match = _given(order, "match", {})
        if not isinstance(match, dict):
            raise FaultError(f"match: {match!r} is not an object with method, path or both")
        _ensure_known(match, _CONDITIONS, "match.")
        if action == BUILD_ERROR and match.get("method"):
            raise FaultError("match.method: a build is not a call and has no method")
        after = _given(order, "after", False)
        if not isinstance(after, bool) or (after and action not in ("status", "reset")):
            raise FaultError(f"after: {after!r} must be a boolean, only for a status or a reset")
        numbers = {name: order[name] for name in _WHOLE.keys() | _REAL.keys() if order.get(name) is not None}
        for name, value in numbers.items():
            _ensure_number(name, value)
        remaining = numbers.pop("count", None)
        return cls(
            id=id,
            action=action,
            method=_method(match),
            path=_path(match),
            remaining=remaining,
            after=after,
            **numbers,
        )

    def strikes(self, method: str, path: str) -> bool:
        """Return whether this call is affected. Uses the rule's random sequence, so the order of calls matters."""
        if self.remaining == 0 or (self.method and self.method != method) or not self.path.search(path):
            return False
        if self._random.random() >= self.probability:
            return False
        self.used += 1
        if self.remaining is not None:
            self.remaining -= 1
        return True

    def document(self) -> dict[str, Any]:
        """Return the rule as the admin endpoint returns it."""
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
            "after": self.after,
            "used": self.used,
        }


def _given(document: Mapping[str, Any], name: str, default: object) -> Any:  # noqa: ANN401 -- JSON
    value = document.get(name)
    return default if value is None else value


def _ensure_known(document: Mapping[str, Any], known: Set[str], where: str) -> None:
    unknown = sorted(f"{where}{key}" for key in document.keys() - known)
    if unknown:
        raise FaultError(f"unknown: {', '.join(unknown)} (known: {', '.join(sorted(known))})")


def _ensure_number(name: str, value: object) -> None:
    least, most = (_WHOLE | _REAL)[name]
    kind = "whole number" if name in _WHOLE else "number"
    right = isinstance(value, int if name in _WHOLE else int | float) and not isinstance(value, bool)
    if not (right and isinstance(value, int | float) and least <= value <= most):
        raise FaultError(f"{name}: {value!r} is not a {kind} from {least} to {most}")


def _method(match: Mapping[str, Any]) -> str | None:
    method = match.get("method")
    if method is None:
        return None
    if not isinstance(method, str) or method.upper() not in METHODS:
        raise FaultError(f"match.method: {method!r} is none of {', '.join(METHODS)}")
    return method.upper()


def _path(match: Mapping[str, Any]) -> re.Pattern[str]:
    path = _given(match, "path", "")
    if not isinstance(path, str):
        raise FaultError(f"match.path: {path!r} is not a regular expression")
    try:
        return re.compile(path)
    except (re.error, OverflowError) as error:
        raise FaultError(f"match.path: {path!r} is not a regular expression: {error}") from error
