"""The code of a resource type; everything else comes from its table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.providers.core import schema
from sandbox.providers.core.errors import ProviderError


@dataclass(frozen=True)
class Live:
    """A resource's current id, and its state without secret marks."""

    identifier: str
    state: dict[str, Any]


class Resource(ABC):
    """One resource type. Properties and states are plain Python, without secret marks and without unknowns.

    Each method raises ProviderError; `HalfMadeError` where something exists or changed before the failure.
    """

    volatile: frozenset[str] = frozenset()
    """Computed outputs that every update renews; unknown in its preview."""

    def __init__(self, declared: schema.Resource) -> None:
        self.declared = declared

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Errors in the inputs beyond the table's; inputs may contain UNKNOWN."""
        return iter(())

    def adjust(  # noqa: B027 -- most types have nothing to adjust
        self, planned: dict[str, Any], state: Mapping[str, Any], old_inputs: Mapping[str, Any]
    ) -> None:
        """Give spellings in `planned` that mean the same as in `state` the spelling of `state`."""

    @abstractmethod
    def create(self, planned: dict[str, Any]) -> Live:
        """Create it."""

    @abstractmethod
    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the current state; None if there is none. Without `state` the identifier is an import id."""

    @abstractmethod
    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Change it from `state` to `planned`."""

    @abstractmethod
    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Remove it. Whether it is an error that it is gone already is as the official plugin sees it."""


Function = Callable[[Mapping[str, Any]], dict[str, Any]]
"""An invoke: arguments to result, both plain; the result may hold Secret values."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A configured provider."""

    resources: Mapping[str, Resource]
    """By token."""
    functions: Mapping[str, Function]
    cancel: Callable[[], None]
    """End every wait at once."""


class Package(ABC):
    """One of the packages served: what `Configure` makes a connection of."""

    name: str
    """As in the engine's PULUMI_DEBUG_PROVIDERS."""
    version: str

    @abstractmethod
    def check(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Errors in the provider's configuration."""

    @abstractmethod
    def connect(self, config: Mapping[str, Any]) -> Connection:
        """Raises ProviderError."""

    def parameterize(self, name: str, version: str, value: bytes) -> tuple[str, str]:
        """Return the parameterized package's name and version. Raises ProviderError."""
        raise ProviderError(f"the package {self.name} takes no parameters")
