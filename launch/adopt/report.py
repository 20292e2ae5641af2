"""The report of a plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from launch.adopt.model import Outcome, Plan, Row
from launch.report import Finding, Report, Section, Table, Verdict

_TITLES = {
    Outcome.AMBIGUOUS: "Ambiguous",
    Outcome.REPLACED: "Replaced",
    Outcome.DELETED: "Deleted",
    Outcome.IN_THE_WAY: "In the way",
    Outcome.CHANGED: "Changed",
    Outcome.ADOPTED: "Adopted as it is",
    Outcome.CREATED: "Created",
    Outcome.LEFT_ALONE: "Left alone",
}
_SUMMARIES = {
    Verdict.PASSED: "Nothing prevents it: `launch adopt apply` does this.",
    Verdict.FAILED: "Nothing may be done yet: correct what is refused, then plan again.",
    Verdict.UNCHECKED: "Not everything could be looked at, so nothing may be done yet.",
}


def report(plan: Plan) -> Report:
    """Return the table, and what is refused before anything happens."""
    refused = [
        Finding(
            subject=each.subject,
            name=each.name,
            verdict=Verdict.FAILED,
            detail=each.what,
            remedy=each.remedy,
            needs=("person",),
        )
        for each in plan.refusals
    ]
    unchecked = [
        Finding(subject="database", name="looked at", verdict=Verdict.UNCHECKED, detail=each) for each in plan.unchecked
    ]
    counts = {outcome: sum(row.outcome is outcome for row in plan.rows) for outcome in Outcome}
    return Report(
        title="Adoption",
        kind="adopt plan",
        stack=plan.stack,
        facts={outcome.value: str(number) for outcome, number in counts.items() if number}
        | {"unchanged": str(plan.unchanged)},
        sections=(
            Section(title="Refused", findings=(*refused, *unchecked)),
            *(_section(outcome, [row for row in plan.rows if row.outcome is outcome]) for outcome in _TITLES),
            Section(title="Migrations", lines=plan.migrations, minor=True),
        ),
        summaries=_SUMMARIES | ({Verdict.PASSED: "Everything is adopted: nothing is left to do."} if plan.done else {}),
        examined=len(plan.rows) + plan.unchanged,
        data={
            "rows": [asdict(row) for row in plan.rows],
            "refusals": [asdict(each) for each in plan.refusals],
            "migrations": list(plan.migrations),
            "unchanged": plan.unchanged,
            "not_checked": list(plan.unchecked),
        },
    )


def _section(outcome: Outcome, rows: Iterable[Row]) -> Section:
    cells = tuple((row.name or row.there, row.kind, _description(row, with_there=bool(row.name))) for row in rows)
    table = Table(columns=("name", "what", "why"), rows=cells)
    return Section(title=_TITLES[outcome] if cells else "", tables=(table,), minor=outcome is Outcome.LEFT_ALONE)


def _description(row: Row, *, with_there: bool) -> str:
    first = f"{row.there}: {row.reason}" if with_there and row.there else row.reason
    changes = (f"  {each.name}: {each.before} -> {each.after}" for each in row.changes)
    return "\n".join([first, *changes])
