"""The status of the launch as a report: what blocks it, what can be done now, what changed, and each bead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from launch.looks import age
from launch.report import Finding, Report, Section, Table, Verdict
from launch.status.evaluate import evaluate
from launch.status.history import Verdicts
from launch.status.model import Result, Sources
from launch.status.path import by_convoy, critical, ready, waits_for
from launch.status.plan import Bead, Plan

_SUMMARIES = {
    Verdict.PASSED: "Nothing blocks the launch.",
    Verdict.UNCHECKED: "Not everything that may block the launch could be checked.",
    Verdict.FAILED: "Something blocks the launch.",
}
_LATER = "may follow the launch; "


def status_report(plan: Plan, sources: Sources, stack: str, before: Verdicts) -> tuple[Report, Mapping[str, str]]:
    """Return the report, and the verdict of each bead by id."""
    results = evaluate(plan, sources)
    done = {name for name, result in results.items() if result.verdict is Verdict.PASSED}
    path, now = critical(plan.beads, done), ready(plan.beads, done)
    verdicts = {name: result.verdict.value for name, result in results.items()}
    changes = [(bead, old, verdicts[bead]) for bead, old in before.beads.items() if verdicts.get(bead, old) != old]
    required = [bead for bead in plan.beads if bead.required]
    evidence = sources.evidence
    looked = f"{evidence.looked_at:%Y-%m-%d %H:%M} UTC, {age(evidence.looked_at, sources.now)}" if evidence else "never"
    report = Report(
        title="Status",
        kind="status",
        stack=stack,
        facts={
            "looked at the stack": looked,
            "done": f"{sum(bead.id in done for bead in required)} of {len(required)} that the launch needs",
            "critical path": " → ".join(bead.id for bead in path) or "none",
        },
        sections=(
            *_path(path, results, done),
            *_now(now, results),
            *_changed(changes, before),
            *(
                Section(
                    title=f"{convoy.id} {convoy.title} ({count} of {total} done)",
                    findings=tuple(_finding(bead, results[bead.id], done) for bead in convoy.beads),
                )
                for convoy in plan.convoys
                for count, total in [by_convoy(plan.beads, done)[convoy.id]]
            ),
        ),
        summaries=_SUMMARIES,
        data={
            "looked_at": evidence.looked_at.isoformat() if evidence else None,
            "age_seconds": int((sources.now - evidence.looked_at).total_seconds()) if evidence else None,
            "critical_path": [bead.id for bead in path],
            "ready": [bead.id for bead in now],
            "changes": [{"bead": bead, "before": old, "now": new} for bead, old, new in changes],
            "changed_since": before.looked_at or None,
            "beads": [_document(bead, results[bead.id], done) for bead in plan.beads],
        },
    )
    return report, verdicts


def _finding(bead: Bead, result: Result, done: set[str]) -> Finding:
    waiting = waits_for(bead, done)
    detail = result.detail + (f"\nwaits for {', '.join(waiting)}" if waiting and bead.id not in done else "")
    if bead.required or result.verdict is Verdict.PASSED:
        return Finding(subject=bead.id, name=bead.title, verdict=result.verdict, detail=detail, remedy=result.remedy)
    return Finding(
        subject=bead.id, name=bead.title, verdict=Verdict.NOTED, detail=f"{_LATER}{result.verdict.value}: {detail}"
    )


def _path(path: list[Bead], results: Mapping[str, Result], done: set[str]) -> Iterator[Section]:
    if path:
        rows = tuple(
            (
                bead.id,
                bead.title,
                f"{bead.days:g}",
                ", ".join(waits_for(bead, done)) or "nothing",
                results[bead.id].detail,
            )
            for bead in path
        )
        days = sum(bead.days for bead in path)
        intro = f"The longest chain of unfinished beads: {days:g} days of work. {path[0].id} blocks it now."
        columns = ("bead", "what", "days", "waits for", "why it is not done")
        yield Section(title="Critical path", intro=intro, tables=(Table(columns=columns, rows=rows),))


def _now(beads: list[Bead], results: Mapping[str, Result]) -> Iterator[Section]:
    if beads:
        rows = tuple((bead.id, bead.title, results[bead.id].remedy or results[bead.id].detail) for bead in beads)
        yield Section(title="What can be done now", tables=(Table(columns=("bead", "what", "next"), rows=rows),))


def _changed(changes: list[tuple[str, str, str]], before: Verdicts) -> Iterator[Section]:
    if changes:
        since = f"Since the look of {before.looked_at[:16].replace('T', ' ')} UTC."
        table = Table(columns=("bead", "was", "is"), rows=tuple(changes))
        yield Section(title="What changed", intro=since, tables=(table,))


def _document(bead: Bead, result: Result, done: set[str]) -> dict[str, Any]:
    return {
        "id": bead.id,
        "title": bead.title,
        "convoy": bead.convoy,
        "priority": bead.priority,
        "required": bead.required,
        "verdict": result.verdict.value,
        "detail": result.detail,
        "remedy": result.remedy,
        "after": list(bead.after),
        "waits_for": waits_for(bead, done),
        "days": bead.days,
    }
