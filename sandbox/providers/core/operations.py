"""The lifecycle of a resource, from its table and its own code: check, diff, create, read, update, delete.

Properties are passed and returned with their secret marks; unknown values are allowed only in previews.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.providers.core import checks
from sandbox.providers.core.diffing import Difference, differences
from sandbox.providers.core.errors import HalfMadeError
from sandbox.providers.core.planning import plan
from sandbox.providers.core.refreshing import imported, refreshed
from sandbox.providers.core.resource import Live, Resource
from sandbox.providers.core.secrecy import mark
from sandbox.providers.core.values import UNKNOWN, Value, known, reveal

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Operations:
    """Operations on resources of one type."""

    resource: Resource

    def check(self, name: str, olds: Properties, news: Properties, seed: bytes) -> tuple[dict[str, Any], list[str]]:
        """Return the inputs to continue with, and their errors."""
        properties = self.resource.declared.properties
        inputs = dict(news)
        for key, declared in properties.items():
            if declared.autoname and inputs.get(key) is None:
                inputs[key] = reveal(olds.get(key)) or f"{name}-{_suffix(seed)}"
        plain = reveal(inputs)
        failures = list(checks.failures(properties, plain, name))
        failures += [checks.at(reason, name) for reason in self.resource.check(plain)] if not failures else []
        return mark(properties, inputs, news), failures

    def diff(self, state: Properties, old_inputs: Properties, news: Properties) -> list[Difference]:
        """Return the changes that an update would make."""
        state, inputs = reveal(state), reveal(news)
        return differences(self._properties, state, self._plan(state, reveal(old_inputs), inputs), inputs)

    def create(self, news: Properties, *, preview: bool) -> tuple[str, dict[str, Any]]:
        """Create the resource, and return its id (empty in a preview) and state."""
        planned = plan(self._properties, None, reveal(news))
        if preview:
            return "", mark(self._properties, planned, news)
        live = self._marking(self.resource.create, news)(known(planned))
        return live.identifier, mark(self._properties, _complete(live), news)

    def update(
        self, identifier: str, state: Properties, old_inputs: Properties, news: Properties, *, preview: bool
    ) -> dict[str, Any]:
        """Update the resource, and return its state."""
        plain = reveal(state)
        planned = self._plan(plain, reveal(old_inputs), reveal(news))
        if preview:
            renewed = dict.fromkeys(self.resource.volatile, UNKNOWN)
            return mark(self._properties, {**planned, **renewed, "id": identifier}, news)
        live = self._marking(self.resource.update, news)(identifier, plain, known(planned))
        return mark(self._properties, _complete(live), news)

    def read(
        self, identifier: str, state: Properties, inputs: Properties
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """Return the resource's id, state and inputs; None if it is gone. Without `state` it is an import."""
        live = self.resource.read(identifier, reveal(state))
        if live is None:
            return None
        marked = mark(self._properties, _complete(live), state, inputs)
        if not state:
            return live.identifier, marked, mark(self._properties, imported(self._properties, live.state))
        plain = reveal(inputs)
        adjusted = dict(plain)
        self.resource.adjust(adjusted, live.state, plain)
        found = refreshed(self._properties, plain, live.state)
        found |= {name: value for name, value in plain.items() if adjusted.get(name) != value}
        return live.identifier, marked, mark(self._properties, found, inputs)

    def delete(self, identifier: str, state: Properties) -> None:
        """Remove the resource."""
        self.resource.delete(identifier, reveal(state))

    @property
    def _properties(self) -> Value:
        return self.resource.declared.properties

    def _plan(self, state: Properties, old_inputs: Properties, inputs: Properties) -> dict[str, Any]:
        planned = plan(self._properties, state, inputs)
        self.resource.adjust(planned, state, old_inputs)
        return planned

    def _marking(self, action: Value, news: Properties) -> Value:
        """Return `action`, with marks added to the state of a half-created resource too."""

        def run(*arguments: Value) -> Live:
            try:
                result: Live = action(*arguments)
            except HalfMadeError as error:
                state = mark(self._properties, {**error.state, "id": error.identifier}, news)
                raise HalfMadeError(str(error), error.identifier, state) from error
            return result

        return run


def _complete(live: Live) -> dict[str, Any]:
    """Return the state including the id, without which the official plugins could not read the state."""
    return {**live.state, "id": live.identifier}


def _suffix(seed: bytes) -> str:
    """Return seven hexadecimal digits, the same for the same seed."""
    return (hashlib.sha256(seed).hexdigest() if seed else secrets.token_hex(4))[:7]
