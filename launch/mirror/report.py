"""The result of a mirror, for people and machines."""

from __future__ import annotations

from launch.mirror.mirror import Mirrored
from launch.report import Finding, Report, Section, Table, Verdict


def report(mirrored: Mirrored, stack: str, *, with_database: bool) -> Report:
    """Return the report of what was read and written. What could not be read is not checked."""
    reading = mirrored.reading
    findings = [
        Finding(
            subject=each.vendor,
            name=each.what,
            verdict=Verdict.UNCHECKED,
            detail=f"the twin lacks it: {each.why}",
            remedy="Use a credential that may read it.",
        )
        for each in reading.unread
    ]
    notes = [Finding(subject="twin", name="differs", verdict=Verdict.NOTED, detail=each) for each in reading.notes]
    if not with_database:
        notes.append(
            Finding(subject="database", name="contents", verdict=Verdict.NOTED, detail="left out: it is empty")
        )
    counts = Table(columns=("what", "how many"), rows=tuple((name, str(n)) for name, n in mirrored.counts.items()))
    rows = Table(
        columns=("table", "rows there"), rows=tuple((name, str(n)) for name, n in sorted(reading.tables.items()))
    )
    start = f"LAUNCH_SANDBOX_SCENARIO={mirrored.folder} launch sandbox start"
    return Report(
        title="Mirror",
        kind="mirror",
        stack=stack,
        facts={"folder": str(mirrored.folder)},
        sections=(
            Section(title="Could not be read", findings=tuple(findings)),
            Section(title="Read", tables=(counts, rows)),
            Section(title="Other than the accounts", findings=tuple(notes), minor=True),
            Section(title="To start it", lines=(start,)),
        ),
        summaries={
            Verdict.PASSED: "The twin is written.",
            Verdict.UNCHECKED: "The twin is written, but lacks what could not be read.",
        },
        examined=sum(mirrored.counts.values()),
        data={
            "folder": str(mirrored.folder),
            "found": mirrored.counts,
            "tables": reading.tables,
            "unread": [{"vendor": each.vendor, "what": each.what, "why": each.why} for each in reading.unread],
            "notes": reading.notes,
        },
    )
