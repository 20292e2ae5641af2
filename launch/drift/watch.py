"""What the engine's events of a refresh say of drift."""

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
    """One resource that is not as the last update left it."""

    resource: str
    type: str
    differences: tuple[str, ...]
    """A sentence each."""
    needs: tuple[str, ...]
    """What the differences need, where the resource says so: update, migration, person (`Need`)."""
    security: bool
    """Whether tenants may not be isolated."""
    remedy: str
    """What puts it right."""

    def finding(self) -> Finding:
        """The resource in a report."""
        return Finding(
            subject=self.resource,
            name=self.type.rpartition(":")[2],
            verdict=Verdict.UNSAFE if self.security else Verdict.FAILED,
            detail="\n".join(self.differences),
            remedy=self.remedy,
            needs=self.needs,
        )


class Watch:
    """Receives the engine's events of a refresh and keeps what they say of drift."""

    def __init__(self) -> None:
        self.drifts: list[Drift] = []
        self.noise: list[Noise] = []
        """What providers report by themselves."""
        self.errors: list[str] = []
        """What kept the engine from looking."""
        self.looked_at = 0
        """Resources that were compared."""
        self.uncompared: list[str] = []
        """Sensitive variables: Vercel shows their values to nobody, so they are not compared (V3)."""
        self.left_alone: list[str] = []
        """What nobody declared in the database and no update touches."""

    def __call__(self, event: Mapping[str, Any]) -> None:
        """One event, as the engine writes it."""
        if compared := event.get("resOutputsEvent"):
            self._compared(compared["metadata"])
        elif (said := event.get("diagnosticEvent")) and said.get("severity") == "error":
            self.errors.append(str(said.get("message", "")).strip())

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
    """What the last update tolerated, from the outputs of row security, such as `relation copies (unprotected)`.

    An unprotected relation that is not among it is new, and drift.
    """
    unprotected = {f"relation {name}" for name in found.get("unprotected") or ()}
    tolerated = [mark.rpartition(" ")[0] for mark in found.get("foreign") or ()]
    return [f"{each} (unprotected)" if each in unprotected else each for each in tolerated]
