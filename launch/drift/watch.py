"""What the engine's events of a refresh tell of drift."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from contract.resource_types import ROW_SECURITY, VERCEL_VARIABLE
from launch.report import Finding, Report, Section, Verdict, remedies
from launch.strangers import Stranger

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent
    from pulumi.automation.events import StepEventMetadata

_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 -- the key by which the engine marks a secret value
_LONGEST = 80
"""Characters shown of one value."""
_PROTECTION_OFF = "PROTECTION OFF: {} is false, as the last update left it; `launch verify` says what that means."
_SUMMARIES = {
    Verdict.PASSED: "Nothing drifted.",
    Verdict.FAILED: "Something was changed behind the stack's back.",
    Verdict.UNSAFE: "Something was changed behind the stack's back, and tenants may not be isolated.",
}


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


@dataclass(frozen=True)
class Beside:
    """What the vendors' accounts hold beyond the stack."""

    strangers: tuple[Stranger, ...] = ()
    unchecked: tuple[str, ...] = ()
    """What kept us from looking, a sentence for each vendor."""

    def findings(self) -> tuple[Finding, ...]:
        """Both in a report, the worst first."""
        found = [
            Finding(
                subject=each.beside,
                name=each.vendor,
                verdict=Verdict.UNSAFE if each.security else Verdict.FAILED,
                detail=f"{each.what} {each.effect}",
                remedy=each.remedy,
                needs=("person",),
            )
            for each in sorted(self.strangers, key=lambda each: not each.security)
        ]
        unchecked = [
            Finding(subject="accounts", name="beside the declared", verdict=Verdict.UNCHECKED, detail=each)
            for each in self.unchecked
        ]
        return (*found, *unchecked)


class Watch:
    """Receives the engine's events of a refresh and keeps what they tell of drift."""

    def __init__(self) -> None:
        self.drifts: list[Drift] = []
        self.errors: list[str] = []
        """What kept the engine from looking."""
        self.looked_at = 0
        """Resources that were compared."""
        self.untold: list[str] = []
        """Sensitive variables: Vercel tells nobody their values, so a change of one cannot be seen (V3)."""
        self.left_alone: list[str] = []
        """What nobody declared in the database and no update touches."""

    def report(self, stack: str, *, protections_off: Sequence[str] = (), beside: Beside | None = None) -> Report:
        """What was seen of the stack, the worst first.

        `protections_off` are settings that switch a protection off; `beside` is what the accounts hold beyond it.
        """
        beside = beside or Beside()
        worst_first = sorted(self.drifts, key=lambda each: not each.security)
        untold = [_noted(name, "value", "not checked: Vercel tells nobody its value") for name in sorted(self.untold)]
        alone = [_noted(name, "declaration", "left alone: nobody declared it") for name in sorted(self.left_alone)]
        off = [_noted(key, "protection", _PROTECTION_OFF.format(key)) for key in protections_off]
        return Report(
            title="Drift",
            kind="drift",
            stack=stack,
            facts={
                "resources looked at": str(self.looked_at),
                "drifted": str(len(self.drifts)),
                "beside the declared": str(len(beside.strangers)),
            },
            sections=(
                Section(title="Drifted", findings=tuple(each.finding() for each in worst_first)),
                Section(title="Beside the declared", findings=beside.findings()),
                Section(title="Protections that are off", findings=tuple(off)),
                Section(title="Not compared", findings=(*untold, *alone), minor=True),
            ),
            summaries=_SUMMARIES,
            examined=self.looked_at,
            data={
                "protections_off": list(protections_off),
                "looked_at": self.looked_at,
                "drift": [asdict(each) for each in self.drifts],
                "beside": [asdict(each) for each in beside.strangers],
                "not_checked": [*sorted(self.untold), *beside.unchecked],
                "left_alone": sorted(self.left_alone),
            },
        )

    def __call__(self, event: EngineEvent) -> None:
        """One event; called by the automation's own thread."""
        if event.res_outputs_event:
            self._compared(event.res_outputs_event.metadata)
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            self.errors.append(event.diagnostic_event.message.strip())

    def _compared(self, step: StepEventMetadata) -> None:
        state = step.new or step.old
        if state is None or not state.custom or step.type.startswith("pulumi:"):
            return
        self.looked_at += 1
        outputs = state.outputs or {}
        name = step.urn.rpartition("::")[2]
        if step.type == VERCEL_VARIABLE and outputs.get("sensitive"):
            self.untold.append(name)
        if step.type == ROW_SECURITY:
            self.left_alone += left_alone(outputs)
        if differences := tuple(_differences(step)):
            told = [each for each in _told(step) if isinstance(each, Mapping)]
            needs = tuple(sorted({each["needs"] for each in told}))
            self.drifts.append(
                Drift(
                    resource=name,
                    type=step.type,
                    differences=differences,
                    needs=needs,
                    security=step.type == ROW_SECURITY and (not told or any(each["security"] for each in told)),
                    remedy=remedies.remedy(step.type, step.urn, needs=needs, gone=step.op == "delete"),
                )
            )


def _noted(subject: str, name: str, detail: str) -> Finding:
    return Finding(subject=subject, name=name, verdict=Verdict.NOTED, detail=detail)


def left_alone(outputs: Mapping[str, Any]) -> list[str]:
    """What the last update tolerated, from the outputs of row security, such as `relation copies (unprotected)`.

    An unprotected relation that is not among it is new, and drift.
    """
    unprotected = {f"relation {name}" for name in outputs.get("unprotected") or ()}
    tolerated = [mark.rpartition(" ")[0] for mark in outputs.get("foreign") or ()]
    return [f"{each} (unprotected)" if each in unprotected else each for each in tolerated]


def _told(step: StepEventMetadata) -> list[Any]:
    """What our own resources of the database say themselves, also when an earlier refresh has recorded it.

    Sentences, or mappings with a sentence as `text` and what it `needs`.
    """
    return list((step.new.outputs or {} if step.new else {}).get("drift") or [])


def _differences(step: StepEventMetadata) -> Iterator[str]:
    if step.op == "delete":
        yield "it is gone"
        return
    before, now = (state.outputs or {} if state else {} for state in (step.old, step.new))
    told = _told(step)
    yield from (each["text"] if isinstance(each, Mapping) else each for each in told)
    if step.op == "update" and not told:
        yield from list(_changes(before, now, step.diffs)) or ["a secret value differs"]


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], names: Sequence[str] | None) -> Iterator[str]:
    """Of the properties that the provider names, or else of all.

    Two secrets look the same here. A provider also names what it computes anew, whether or not that differs.
    """
    for name in sorted(names or before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            yield f"{name} is {_shown(now.get(name))}, was {_shown(before.get(name))}"
        elif names and _is_secret(now.get(name)):
            yield f"{name} differs, which is a secret"


def _shown(value: object) -> str:
    text = "missing" if value is None else json.dumps(_masked(value), ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _is_secret(value: object) -> bool:
    """Whether a part of it is hidden."""
    if isinstance(value, dict):
        return _SECRET in value or any(map(_is_secret, value.values()))
    return isinstance(value, list) and any(map(_is_secret, value))


def _masked(value: object) -> object:
    if isinstance(value, dict):
        return "[secret]" if _SECRET in value else {key: _masked(part) for key, part in value.items()}
    return [_masked(part) for part in value] if isinstance(value, list) else value
