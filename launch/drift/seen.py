"""All findings of one look at a stack, and its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from launch.drift.beside import Beside
from launch.drift.ending import excuses
from launch.drift.kept import Kept, document
from launch.drift.watch import Watch
from launch.report import Finding, Report, Section, Table, Verdict

_SUMMARIES = {
    Verdict.PASSED: "Nothing drifted.",
    Verdict.FAILED: "Not everything is as the last update left it.",
    Verdict.UNSAFE: "Not everything is as the last update left it, and tenants may not be isolated.",
}
_AGAIN = "Look again when no update is running; after one that was killed, run `pulumi up`."
_NO_VALUE = "Vercel never shows its value; this stack set it {} ago, fingerprint {}"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The findings, part by part."""

    stack: str
    watch: Watch
    """The resources."""
    beside: Beside
    outside: tuple[Finding, ...]
    """Checks as a visitor, the application and the service: the findings of `launch verify`."""
    seen_from: str
    secrets: tuple[Kept, ...] = ()
    ending: tuple[Finding, ...] = ()
    protections_off: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    unchecked: tuple[Finding, ...] = ()
    """Why a part could not be examined."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Outputs of the stack; secret ones are hidden."""
    resources: tuple[str, ...] = ()
    """Names of the resources in the state."""
    picture: Mapping[str, Any] = field(default_factory=dict)
    """The stack, as `launch.picture` draws it."""
    moving: bool = False
    """Whether another run was writing the state meanwhile."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def report(self) -> Report:
        """Return one verdict over everything, the worst first."""
        watch, now = self.watch, self.now
        well = sum(each.verdict.good for each in self.outside)
        drifted = sorted((each.finding() for each in watch.drifts), key=lambda each: not each.security)
        off = tuple(excuses(self.protections_off, now.date()))
        sections = (
            Section(title="Not looked at", findings=self.unchecked),
            Section(title="Drifted", findings=tuple(drifted)),
            *self.beside.sections(),
            Section(title="Seen from outside", findings=self._outside()),
            Section(title="Secrets", findings=tuple(self._changed()), tables=tuple(self._ages()), minor=True),
            Section(title="What ends", findings=self.ending),
            Section(title="Protections that are off", findings=off),
            Section(title="Noise of the providers", findings=tuple(self._noise()), minor=True),
            Section(title="Not compared", findings=tuple(self._not_compared()), minor=True),
        )
        return Report(
            title="Drift",
            kind="drift",
            stack=self.stack,
            facts={
                "resources looked at": str(watch.looked_at),
                "drifted": str(len(watch.drifts)),
                "beside the declared": str(len(self.beside.rivals)),
                "checks from outside": f"{well} of {len(self.outside)} passed",
                "seen from": self.seen_from,
            },
            sections=tuple(self._settled(sections)),
            summaries=_SUMMARIES,
            examined=watch.looked_at + len(self.outside),
            data=self._data(),
        )

    def facts(self) -> dict[str, Any]:
        """Return the facts that a status needs, as JSON; they contain no secret."""
        return {
            "stack": self.stack,
            "looked_at": self.now.isoformat(),
            "outside": [
                {"subject": each.subject, "check": each.name, "verdict": each.verdict.value, "detail": each.detail}
                for each in self.outside
            ],
            "outputs": dict(self.outputs),
            "resources": list(self.resources),
            "picture": dict(self.picture),
            "drifted": [each.resource for each in self.watch.drifts],
            "beside": [{"vendor": each.vendor, "what": each.what} for each in self.beside.rivals],
            "compared": not self.unchecked and not self.moving,
            "unasked": list(self.beside.unchecked),
        }

    def _data(self) -> dict[str, Any]:
        watch = self.watch
        return {
            "seen_from": self.seen_from,
            "looked_at": watch.looked_at,
            "drift": [asdict(each) for each in watch.drifts if each.security or not self.moving],
            **self.beside.data(),
            "secrets": [document(each, self.now) for each in self.secrets],
            "noise": [
                {
                    "resource": each.resource,
                    "rule": each.rule.name,
                    "hazard": each.rule.hazard,
                    "issues": list(each.rule.issues),
                    "properties": [change.property for change in each.changes],
                }
                for each in watch.noise
            ],
            "protections_off": sorted(self.protections_off),
            "not_checked": [
                *sorted(watch.uncompared),
                *self.beside.unchecked,
                *(each.detail for each in self.unchecked),
            ],
            "left_alone": sorted(watch.left_alone),
            "another_run": self.moving,
        }

    def _settled(self, sections: tuple[Section, ...]) -> Iterator[Section]:
        """During another run, drop failures, which may be its half-done changes; what is unsafe is still reported."""
        if not self.moving:
            yield from sections
            return
        detail = "another run is changing this stack, and changed it during the look"
        moving = Finding(
            subject="stack", name="at rest", verdict=Verdict.UNCHECKED, detail=detail, remedy=_AGAIN, needs=("person",)
        )
        yield Section(title="Another run", findings=(moving,))
        for section in sections:
            kept = tuple(each for each in section.findings if each.verdict is not Verdict.FAILED)
            yield Section(
                title=section.title,
                intro=section.intro,
                findings=kept,
                tables=section.tables,
                lines=section.lines,
                minor=section.minor,
            )

    def _outside(self) -> tuple[Finding, ...]:
        """Return the checks that did not pass; the passed ones are only counted."""
        return tuple(each for each in self.outside if each.verdict is not Verdict.PASSED)

    def _changed(self) -> Iterator[Finding]:
        for each in self.secrets:
            if each.changed:
                yield Finding(
                    subject=each.resource,
                    name="secret",
                    verdict=Verdict.FAILED,
                    detail=f"was set by somebody else at {each.changed:%Y-%m-%d %H:%M} UTC; its value cannot be read",
                    remedy=f"Set the declared value again: `pulumi up --replace '{each.urn}'`",
                    needs=("update",),
                )

    def _ages(self) -> Iterator[Table]:
        rows = [
            (each.resource, each.age(self.now), f"{each.since:%Y-%m-%d}", each.fingerprint)
            for each in sorted(self.secrets, key=lambda each: each.since)
        ]
        if rows:
            yield Table(columns=("secret", "age", "set by the stack on", "fingerprint"), rows=tuple(rows))

    def _noise(self) -> Iterator[Finding]:
        for each in self.watch.noise:
            why = ", ".join(filter(None, (each.rule.hazard, *each.rule.issues)))
            detail = f"{'; '.join(change.text for change in each.changes)} (rule {each.rule.name}: {why})"
            yield Finding(subject=each.resource, name="provider", verdict=Verdict.NOTED, detail=detail)

    def _not_compared(self) -> Iterator[Finding]:
        ages = {each.resource: each for each in self.secrets}
        for name in sorted(self.watch.uncompared):
            own = ages.get(name)
            detail = "not checked: Vercel never shows its value"
            if own is not None:
                detail = f"not checked: {_NO_VALUE.format(own.age(self.now), own.fingerprint)}"
            yield Finding(subject=name, name="value", verdict=Verdict.NOTED, detail=detail)
        for name in sorted(self.watch.left_alone):
            detail = "left alone: nobody declared it"
            yield Finding(subject=name, name="declaration", verdict=Verdict.NOTED, detail=detail)
