"""Declared resources as the rules see them: type, name, inputs and options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from components.guardrails.late_options import Decision


@dataclass(frozen=True, eq=False)
class Declared:
    """One resource."""

    kind: str
    name: str
    inputs: Mapping[str, Any]
    """Inputs by the names that its class uses: snake case for generated SDKs. Values may be Outputs."""
    options: pulumi.ResourceOptions
    decision: Decision = field(default_factory=Decision)
    """The decision about it, made before its registration."""

    def __str__(self) -> str:
        return f"{self.kind.rpartition(':')[2]} {self.name}"

    def plain(self, name: str) -> Any:  # noqa: ANN401 -- any input
        """Return the input `name` if it is already known, otherwise None."""
        value = self.inputs.get(name)
        return None if isinstance(value, pulumi.Output) else value


def of_kind(stack: Iterable[Declared], *kinds: str) -> list[Declared]:
    """Return the resources of these types."""
    return [resource for resource in stack if resource.kind in kinds]
