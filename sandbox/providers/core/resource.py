"""The base of resource types and packages; a type's table provides the rest."""

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
    """One resource type. Properties and states are plain Python, without secret marks and unknown values.

    Each method raises ProviderError; HalfMadeError if something was created or changed before the failure.
    """

    volatile: frozenset[str] = frozenset()
    """Computed outputs that every update changes; unknown in its preview."""

    def __init__(self, declared: schema.Resource) -> None:
        self.declared = declared

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield errors in the inputs beyond the table's checks; inputs may contain UNKNOWN."""
        return iter(())

    def adjust(  # noqa: B027 -- most types have nothing to adjust
        self, planned: dict[str, Any], state: Mapping[str, Any], old_inputs: Mapping[str, Any]
    ) -> None:
        """Replace values in `planned` that are equivalent to those in `state` with the spelling of `state`."""

    @abstractmethod
    def create(self, planned: dict[str, Any]) -> Live:
        """Create the resource."""

    @abstractmethod
    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the current state; None if the resource is gone. Without `state` the identifier is an import id."""

    @abstractmethod
    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Change the resource from `state` to `planned`."""

    @abstractmethod
    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete the resource. If it is already gone, raise an error only if the official plugin does."""


Function = Callable[[Mapping[str, Any]], dict[str, Any]]
"""An invoke, from arguments to result, both plain; the result may contain Secret values."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A configured provider."""

    resources: Mapping[str, Resource]
    """The resource types by token."""
    functions: Mapping[str, Function]
    cancel: Callable[[], None]
    """Ends every wait at once."""


class Package(ABC):
    """One of the served packages; `Configure` connects it."""

    name: str
    """The name in the engine's PULUMI_DEBUG_PROVIDERS."""
    version: str

    @abstractmethod
    def check(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Yield the errors in the provider's configuration."""

    @abstractmethod
    def connect(self, config: Mapping[str, Any]) -> Connection:
        """Return a configured provider. Raises ProviderError."""

    def parameterize(self, name: str, version: str, value: bytes) -> tuple[str, str]:
        """Return the parameterized package's name and version. Raises ProviderError."""
        raise ProviderError(f"the package {self.name} takes no parameters")
