"""The steps of a preview, resource by resource."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from launch.adopt.model import Change
from launch.stack import SIGNATURE

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent
    from pulumi.automation.events import StepEventMetadata, StepEventStateMetadata

_HIDDEN = "[secret]"
_LONGEST = 60
"""Characters shown of one value."""
_MIGRATIONS = "migrations: "


@dataclass
class Step:
    """Everything that a preview would do to one resource; importing and updating it are two events."""

    urn: str
    type: str
    ops: list[str] = field(default_factory=list)
    changes: tuple[Change, ...] = ()
    replaces: bool = False
    """Whether the vendor replaces the resource because of the change."""
    id: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]


@dataclass
class Steps:
    """Receives the engine's events of a preview."""

    found: dict[str, Step] = field(default_factory=dict)
    """By URN; only resources of a provider, no components."""
    errors: list[tuple[str, str]] = field(default_factory=list)
    """The name of the resource ("" for the program itself) and the engine's message."""
    notes: list[str] = field(default_factory=list)
    """What the program wrote to standard error: its own errors, such as mistakes in the configuration."""
    migrations: list[str] = field(default_factory=list)

    def __call__(self, event: EngineEvent) -> None:
        """Process one event; called by a thread of the Automation API."""
        if event.resource_pre_event:
            self._step(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._step(event.res_outputs_event.metadata)
        elif event.diagnostic_event:
            text = event.diagnostic_event.message.strip()
            if event.diagnostic_event.severity == "error" and text:
                self.errors.append(((event.diagnostic_event.urn or "").rpartition("::")[2], text))
            elif text.startswith(_MIGRATIONS):
                self.migrations.append(text.removeprefix(_MIGRATIONS))
            elif event.diagnostic_event.severity == "info#err" and text:
                self.notes.append(text)

    def _step(self, metadata: StepEventMetadata) -> None:
        state = metadata.new or metadata.old
        if state is None or not state.custom or metadata.type.startswith("pulumi:"):
            return
        step = self.found.setdefault(metadata.urn, Step(urn=metadata.urn, type=metadata.type))
        op = metadata.op.value
        if op not in step.ops:
            step.ops.append(op)
        step.id = (metadata.old.id if metadata.old else "") or state.id or step.id
        if metadata.new:
            step.inputs = metadata.new.inputs or {}
        kinds = {name: str(each.diff_kind.value) for name, each in (metadata.detailed_diff or {}).items()}
        step.replaces |= any(kind.endswith("-replace") for kind in kinds.values()) or "replace" in op
        if metadata.old and (names := _names([*kinds], metadata.diffs or ())):
            step.changes = tuple(
                Change(name=name, before=_value(metadata.old, name), after=_value(metadata.new, name)) for name in names
            )


def _names(detailed: Sequence[str], properties: Sequence[str]) -> list[str]:
    """Return the paths of the properties that differ; a whole property only if no path inside it is named."""
    whole = [name for name in properties if not any(_parts(path)[0] == name for path in detailed)]
    return sorted({*detailed, *whole})


def _parts(path: str) -> list[str]:
    """Return the parts of a path such as `rules[0].expression`."""
    return re.findall(r"[^.\[\]]+", path) or [path]


def _value(state: StepEventStateMetadata | None, path: str) -> str:
    """Return the property at a path such as `rules[0].expression`, as declared, or else as it is."""
    if state is None:
        return "nothing"
    for values in (state.inputs or {}, state.outputs or {}):
        found: Any = values
        for part in _parts(path):
            if isinstance(found, Mapping) and part in found and SIGNATURE not in found:
                found = found[part]
            elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
                found = found[int(part)]
            elif isinstance(found, Mapping) and SIGNATURE in found:
                break  # a secret is never opened
            else:
                found = None
                break
        if found is not None:
            return _shown(found)
    return "nothing"


def _shown(value: Any) -> str:  # noqa: ANN401 -- JSON
    text = json.dumps(_masked(value), ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _masked(value: object) -> object:
    if isinstance(value, dict):
        return _HIDDEN if SIGNATURE in value else {key: _masked(part) for key, part in value.items()}
    return [_masked(part) for part in value] if isinstance(value, list) else value
