"""The package: its resource types and their generators. There is no vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.providers.core import Connection, Live, Package, ProviderError, Resource, schema
from sandbox.providers.random import values

_MAKERS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "RandomPassword": values.password,
    "RandomString": values.plain_string,
    "RandomBytes": values.secret_bytes,
    "RandomId": values.identifier,
    "RandomInteger": values.integer,
    "RandomPet": values.pet,
    "RandomUuid": values.uuid4,
}


class RandomValue(Resource):
    """A value that is generated once; a change of an input generates a new one."""

    def __init__(self, declared: schema.Resource, make: Callable[[Mapping[str, Any]], dict[str, Any]]) -> None:
        super().__init__(declared)
        self._make = make

    def adjust(self, planned: dict[str, Any], state: Mapping[str, Any], old_inputs: Mapping[str, Any]) -> None:
        """Keep `numeric` and its deprecated name `number` equal, whichever the program sets."""
        for name, other in (("number", "numeric"), ("numeric", "number")):
            if name in planned and planned[name] != state.get(name) and planned.get(other) == state.get(other):
                planned[other] = planned[name]

    def create(self, planned: dict[str, Any]) -> Live:
        """Generate the value."""
        made = self._make(planned)
        identifier = made.pop("id")
        return Live(identifier, {**planned, **made})

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the state, which is the only source."""
        if not state:
            raise ProviderError(f"{self.declared.token} cannot be imported into the sandbox: let it make a new value")
        return Live(identifier, dict(state))

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Return the planned state; no value changes in place."""
        return Live(identifier, {**state, **planned})

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Do nothing: the value exists only in the state."""


class Random(Package):
    """The package `random`."""

    name = "random"
    version = "4.21.4"

    def check(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Yield nothing: there is no configuration."""
        return iter(())

    def connect(self, config: Mapping[str, Any]) -> Connection:
        """Return the resource types; there is nothing to connect to."""
        declared = schema.load(self.name)
        tokens = {f"random:index/{name[0].lower()}{name[1:]}:{name}": make for name, make in _MAKERS.items()}
        return Connection(
            resources={token: RandomValue(declared[token], make) for token, make in tokens.items()},
            functions={},
            cancel=lambda: None,
        )
