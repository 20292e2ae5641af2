"""Read drift from the engine's events of a refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contract.resource_types import ROW_SECURITY, VERCEL_VARIABLE
from launch.drift.changes import Step, changes, own_drift
from launch.drift.noise import Noise, sifted
from launch.report import Finding, Verdict, remedies


@dataclass(frozen=True, kw_only=True)
class Drift:
    """One resource that differs from the last update."""

    resource: str
    type: str
    differences: tuple[str, ...]
    """One sentence each."""
    needs: tuple[str, ...]
    """What the differences need, if the resource reports it: update, migration, person (`Need`)."""
    security: bool
    """Whether tenants may not be isolated."""
    remedy: str
    """How to correct it."""

    def finding(self) -> Finding:
        """Return the resource as a finding."""
        return Finding(
            subject=self.resource,
            name=self.type.rpartition(":")[2],
            verdict=Verdict.UNSAFE if self.security else Verdict.FAILED,
            detail="\n".join(self.differences),
            remedy=self.remedy,
            needs=self.needs,
        )


class Watch:
    """Receives the engine's events of a refresh and keeps the drift that they report."""

    def __init__(self) -> None:
        self.drifts: list[Drift] = []
        self.noise: list[Noise] = []
        """Differences that providers report by themselves."""
        self.errors: list[str] = []
        """Why the engine could not compare."""
        self.looked_at = 0
        """Number of resources that were compared."""
        self.uncompared: list[str] = []
        """Sensitive variables: Vercel never shows their values, so they are not compared (V3)."""
        self.left_alone: list[str] = []
        """Undeclared database objects that no update touches."""

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Process one event, as the engine writes it."""
        if compared := event.get("resOutputsEvent"):
            self._compared(compared["metadata"])
        elif (diagnostic := event.get("diagnosticEvent")) and diagnostic.get("severity") == "error":
            self.errors.append(str(diagnostic.get("message", "")).strip())

    def _compared(self, step: Step) -> None:
        state = step.get("new") or step.get("old")
        if not state or not state.get("custom") or step["type"].startswith("pulumi:"):
            return
        self.looked_at += 1
        name = step["urn"].rpartition("::")[2]
        if step["type"] == VERCEL_VARIABLE and (state.get("outputs") or {}).get("sensitive"):
            self.uncompared.append(name)
        if step["type"] == ROW_SECURITY:
            self.left_alone += left_alone(state.get("outputs") or {})
        found, explained = sifted(step["type"], list(changes(step)))
        self.noise += [Noise(resource=name, rule=rule, changes=known) for rule, known in explained]
        if found:
            own = [each for each in own_drift(step) if isinstance(each, Mapping)]
            needs = tuple(sorted({each["needs"] for each in own}))
            self.drifts.append(
                Drift(
                    resource=name,
                    type=step["type"],
                    differences=tuple(each.text for each in found),
                    needs=needs,
                    security=step["type"] == ROW_SECURITY and (not own or any(each["security"] for each in own)),
                    remedy=remedies.remedy(step["type"], step["urn"], needs=needs, gone=step["op"] == "delete"),
                )
            )


def left_alone(found: Mapping[str, Any]) -> list[str]:
    """Return what the last update tolerated, from the outputs of row security, such as `relation copies (unprotected)`.

    An unprotected relation that is not in the list is new, and drift.
    """
    unprotected = {f"relation {name}" for name in found.get("unprotected") or ()}
    tolerated = [mark.rpartition(" ")[0] for mark in found.get("foreign") or ()]
    return [f"{each} (unprotected)" if each in unprotected else each for each in tolerated]
