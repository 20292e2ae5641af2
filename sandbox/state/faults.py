"""Faults requested through the admin endpoint: slow responses, errors, broken connections, missing responses.

A rule selects calls by method and path, and defines the fault, how often it occurs, or with which (seeded) probability.
Rules live as long as the process: a restarted cloud is healthy.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from sandbox.state.fault_rule import BUILD_ERROR, Rule


class Faults:
    """All rules, oldest first; the first that matches applies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._next = 1

    def add(self, order: Mapping[str, Any]) -> Rule:
        """Add a rule from its document. Raises FaultError."""
        with self._lock:
            rule = Rule.read(str(self._next), order)
            self._next += 1
            self._rules.append(rule)
        return rule

    def remove(self, id: str | None = None) -> int:  # noqa: A002
        """Remove the rule, or all rules, and return the number removed."""
        with self._lock:
            kept = [rule for rule in self._rules if id is not None and rule.id != id]
            gone = len(self._rules) - len(kept)
            self._rules = kept
            return gone

    def documents(self) -> list[dict[str, Any]]:
        """Return every rule, with how often it was used."""
        with self._lock:
            return [rule.document() for rule in self._rules]

    def strike(self, method: str, path: str) -> Rule | None:
        """Return the rule that applies to this call, if any, and count the use."""
        with self._lock:
            rules = (rule for rule in self._rules if rule.action != BUILD_ERROR)
            return next((rule for rule in rules if rule.strikes(method, path)), None)

    def fails_build(self, project: str, ref: str) -> bool:
        """Return whether a rule makes the build of this git reference fail, and count the use."""
        with self._lock:
            rules = [rule for rule in self._rules if rule.action == BUILD_ERROR]
            return any(rule.strikes("", f"{project}/{ref}") for rule in rules)
