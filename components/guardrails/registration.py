"""What a program declares, as its rules see it: type, name, inputs and options of each resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi


@dataclass(frozen=True)
class Declared:
    """One resource."""

    kind: str
    name: str
    inputs: Mapping[str, Any]
    """By the names that its class uses: snake_case for generated SDKs. Values may be Outputs."""
    options: pulumi.ResourceOptions

    def __str__(self) -> str:
        return f"{self.kind.rpartition(':')[2]} {self.name}"

    def plain(self, name: str) -> Any:  # noqa: ANN401 -- whatever the input is
        """The input `name` if it is known now, else None."""
        value = self.inputs.get(name)
        return None if isinstance(value, pulumi.Output) else value


def of_kind(stack: Iterable[Declared], *kinds: str) -> list[Declared]:
    """The resources of these types."""
    return [resource for resource in stack if resource.kind in kinds]
