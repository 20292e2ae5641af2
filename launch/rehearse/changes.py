"""The changes of an update, as the engine reports them: resource by resource, with the properties that differ."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent
    from pulumi.automation.events import StepEventMetadata

_QUIET = frozenset({"same", "refresh", "read", "read-replacement", "create-replacement", "delete-replaced"})
"""Operations that change nothing, and the two halves of a replacement, which is also reported as a whole."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """One resource that an update changes."""

    operation: str
    """The engine's name for it: create, update, delete, replace, import …"""
    name: str
    type: str
    """The type in Pulumi's notation."""
    properties: tuple[str, ...]
    """The properties that differ; empty if the whole resource is created or deleted."""
    urn: str
    began: float
    """Seconds since the update began."""
    ended: float | None
    """None if it did not finish."""

    @property
    def key(self) -> tuple[str, str, tuple[str, ...]]:
        """Identifies the same change on another stack and at another time."""
        return self.operation, self.urn, self.properties


@dataclass
class Changes:
    """Receives the engine's events of an update."""

    began: float = field(default_factory=time.monotonic)
    _errors: list[str] = field(default_factory=list)
    _notes: list[str] = field(default_factory=list)
    _steps: dict[str, tuple[StepEventMetadata, float, float | None]] = field(default_factory=dict)

    def __call__(self, event: EngineEvent) -> None:
        """Process one event; called by a thread of the Automation API."""
        now = time.monotonic() - self.began
        if event.resource_pre_event:
            step = event.resource_pre_event.metadata
            self._steps[f"{step.op} {step.urn}"] = (step, now, None)
        elif event.res_outputs_event:
            step = event.res_outputs_event.metadata
            before = self._steps.get(f"{step.op} {step.urn}")
            self._steps[f"{step.op} {step.urn}"] = (step, before[1] if before else now, now)
        elif event.diagnostic_event and event.diagnostic_event.severity in ("error", "info#err"):
            messages = self._errors if event.diagnostic_event.severity == "error" else self._notes
            messages.append(event.diagnostic_event.message.strip())

    @property
    def errors(self) -> list[str]:
        """The engine's errors, or if there are none, what the program wrote to standard error."""
        return self._errors or [each.removeprefix("error: ") for each in self._notes]

    def found(self) -> list[Change]:
        """Return the changes, in the order in which they began."""
        return [
            Change(
                operation=str(getattr(step.op, "value", step.op)),
                name=step.urn.rpartition("::")[2],
                type=step.type,
                properties=_properties(step),
                urn=step.urn,
                began=began,
                ended=ended,
            )
            for step, began, ended in self._steps.values()
            if str(getattr(step.op, "value", step.op)) not in _QUIET and not step.type.startswith("pulumi:")
        ]


def _properties(step: StepEventMetadata) -> tuple[str, ...]:
    named = set(step.diffs or ()) | {path.partition(".")[0].partition("[")[0] for path in step.detailed_diff or ()}
    return tuple(sorted(named))
