"""The result of a rehearsal: the forecast of the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from contract.resource_types import MIGRATIONS, NEON_PROJECT, ROW_SECURITY, VERCEL_DEPLOYMENT, WORKERS_SCRIPT
from launch.rehearse.changes import Change
from launch.rehearse.hosts import Host
from launch.rehearse.load import Look, Statements
from launch.rehearse.migrations import Migration, locks_of
from launch.report import Finding, Report, Section, Span, Table, Timeline, Verdict

_DANGEROUS = ("replace", "delete")
_READ = "Use a credential that may read it."
_SHOWN = 10
"""How many texts of failed requests and statements are shown."""


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """All observations of a rehearsal."""

    stack: str
    twin: str
    """A description of where the change was made, for people."""
    seconds: float
    """Duration of the change."""
    changes: Sequence[Change]
    failure: str
    """Why the change did not finish; "" if it did."""
    hosts: Sequence[Host]
    migrations: Sequence[Migration]
    statements: Statements
    looks: Sequence[Look]
    drift: Report | None
    """None if the check was not possible."""
    verified: Report | None
    point: str
    """The position in the database's log before the change, and the time."""
    unread: Sequence[str] = ()
    """Objects that the twin lacks."""
    trouble: Sequence[str] = field(default_factory=tuple)
    """Why a part of the rehearsal saw nothing."""


def report(seen: Rehearsed) -> Report:
    """Return the forecast, the worst first."""
    sections = (
        Section(title="Change", findings=(*_outcome(seen), *map(_change, seen.changes))),
        Section(title="Hosts", findings=tuple(_host(host, seen.seconds) for host in seen.hosts)),
        Section(title="Database", findings=(*map(_migration, seen.migrations), *_load(seen))),
        Section(title="Afterwards", findings=tuple(_afterwards(seen))),
        Section(title="Not seen", findings=tuple(_not_seen(seen))),
        Section(title="Time line", timeline=_timeline(seen)),
        Section(title="The way back", tables=(_back(seen),)),
    )
    return Report(
        title="Rehearsal",
        kind="rehearse",
        stack=seen.stack,
        facts={
            "made on": seen.twin,
            "the change took": f"{seen.seconds:.1f} s",
            "resources changed": str(len(seen.changes)),
            "longest gap": f"{max((host.gap(seen.seconds) for host in seen.hosts), default=0.0):.2f} s",
        },
        sections=sections,
        summaries={
            Verdict.PASSED: "On the twin the change goes through, and no request fails.",
            Verdict.FAILED: "On the twin the change is noticed, or does not end as declared.",
            Verdict.UNSAFE: "On the twin tenants are not isolated after the change.",
            Verdict.UNCHECKED: "Not everything could be seen.",
        },
        data=_data(seen),
    )


def _data(seen: Rehearsed) -> dict[str, Any]:
    return {
        "seconds": round(seen.seconds, 3),
        "failure": seen.failure,
        "changes": [asdict(each) for each in seen.changes],
        "hosts": [
            {
                "host": host.name,
                "before": host.before,
                "requests": len(host.visits),
                "failed": len(host.failed),
                "gap": round(host.gap(seen.seconds), 3),
                "gaps": [[round(begin, 3), round(end, 3)] for begin, end in host.gaps(seen.seconds)],
            }
            for host in seen.hosts
        ],
        "migrations": [asdict(each) for each in seen.migrations],
        "locks": list(locks_of(seen.looks)),
        "load": {
            "reads": seen.statements.reads,
            "writes": seen.statements.writes,
            "failed": [text for _, text in seen.statements.failed],
            "slowest": round(seen.statements.slowest, 3),
        },
        "point": seen.point,
    }


def _outcome(seen: Rehearsed) -> list[Finding]:
    if seen.failure:
        what = "it fails"
        return [Finding(subject="the change", name="ends", verdict=Verdict.FAILED, detail=f"{what}: {seen.failure}")]
    detail = f"goes through in {seen.seconds:.1f} s" if seen.changes else "changes nothing"
    return [Finding(subject="the change", name="ends", verdict=Verdict.PASSED, detail=detail)]


def _change(change: Change) -> Finding:
    properties = ", ".join(change.properties)
    dangerous = change.operation in _DANGEROUS and change.type in (NEON_PROJECT, MIGRATIONS)
    return Finding(
        subject=change.name,
        name=change.type.rpartition(":")[2],
        verdict=Verdict.FAILED if dangerous else Verdict.NOTED,
        detail=f"{change.operation}: {properties}" if properties else change.operation,
        remedy="This would take the database away: find out why before anything else." if dangerous else "",
    )


def _host(host: Host, end: float) -> Finding:
    during = [visit for visit in host.visits if visit.at >= 0]
    failed = host.failed
    if not failed:
        verdict = Verdict.PASSED if during and any(map(host.served, host.visits)) else Verdict.NOTED
        answer = (
            f"answered {during[-1].status}" if during and during[-1].status else "not served, neither before nor after"
        )
        detail = f"{len(during)} requests, none failed; {answer}"
        return Finding(subject=host.name, name="requests", verdict=verdict, detail=detail)
    words = sorted({visit.trouble or f"status {visit.status}" for visit in failed})[:_SHOWN]
    detail = f"{len(failed)} of {len(during)} requests failed, longest gap {host.gap(end):.2f} s: {'; '.join(words)}"
    remedy = "Choose a time with few visitors, or change it in two steps."
    return Finding(subject=host.name, name="requests", verdict=Verdict.FAILED, detail=detail, remedy=remedy)


def _migration(migration: Migration) -> Finding:
    locks = ", ".join(migration.locks) or "none seen that keeps writers out"
    detail = f"{migration.seconds:.2f} s; locks: {locks}; sessions blocked: {migration.blocked}"
    verdict = Verdict.PASSED if migration.status == "applied" else Verdict.FAILED
    return Finding(subject=migration.name, name="migration", verdict=verdict, detail=detail)


def _load(seen: Rehearsed) -> list[Finding]:
    statements = seen.statements
    blocked = max((look.blocked for look in seen.looks), default=0)
    detail = (
        f"{statements.reads} reads and {statements.writes} writes, {len(statements.failed)} failed,"
        f" slowest {statements.slowest:.2f} s, most sessions blocked at once: {blocked}"
    )
    if statements.failed:
        detail += f": {'; '.join(sorted({text for _, text in statements.failed})[:_SHOWN])}"
    verdict = Verdict.FAILED if statements.failed else Verdict.PASSED
    if not (statements.reads or statements.writes):
        verdict = Verdict.NOTED
    return [Finding(subject="application", name="load", verdict=verdict, detail=detail)]


def _afterwards(seen: Rehearsed) -> list[Finding]:
    found = []
    for name, made in (("drift", seen.drift), ("verify", seen.verified)):
        if made is None:
            detail = "not looked for: the change did not end" if seen.failure else "could not be looked for"
            found.append(Finding(subject=name, name="afterwards", verdict=Verdict.UNCHECKED, detail=detail))
            continue
        bad = [each for each in made.findings if each.verdict not in (Verdict.PASSED, Verdict.NOTED)]
        found.append(Finding(subject=name, name="afterwards", verdict=made.verdict, detail=made.summary))
        found += bad
    return found


def _not_seen(seen: Rehearsed) -> list[Finding]:
    lacking = [
        Finding(subject="twin", name="complete", verdict=Verdict.UNCHECKED, detail=each, remedy=_READ)
        for each in seen.unread
    ]
    blind = [Finding(subject="rehearsal", name="sees", verdict=Verdict.UNCHECKED, detail=each) for each in seen.trouble]
    return [*lacking, *blind]


def _timeline(seen: Rehearsed) -> Timeline:
    spans = [
        Span(
            lane=f"{change.name} ({change.operation})",
            begin=change.began,
            end=seen.seconds if change.ended is None else change.ended,
            bad=change.ended is None,
        )
        for change in seen.changes
    ]
    spans += [
        Span(lane=each.name, begin=each.began, end=each.began + each.seconds, bad=each.status != "applied")
        for each in seen.migrations
    ]
    for host in seen.hosts:
        spans += [
            Span(lane=f"{host.name} failed", begin=begin, end=end, bad=True) for begin, end in host.gaps(seen.seconds)
        ]
    spans += [
        Span(lane="application blocked", begin=look.at, end=look.at + 0.05, bad=True)
        for look in seen.looks
        if look.blocked
    ]
    return Timeline(seconds=max(seen.seconds, 0.001), spans=tuple(spans))


def _back(seen: Rehearsed) -> Table:
    """Return how to undo each kind of change, and what cannot be undone."""
    kinds = {change.type for change in seen.changes}
    rows = [("settings, records, rules", "`pulumi up` of the commit before", "")]
    if VERCEL_DEPLOYMENT in kinds:
        rows.append(("deployments", "promote the deployment before at Vercel", "its variables are those of its build"))
    if WORKERS_SCRIPT in kinds:
        rows.append(("Workers", "`pulumi up` of the commit before", "not across a change of Durable Objects' classes"))
    if MIGRATIONS in kinds or seen.migrations:
        lost = "what was written since is lost"
        rows.append(("migrations", f"they only go forward; a branch from {seen.point} has the data before", lost))
    if ROW_SECURITY in kinds:
        rows.append(("row security", "`pulumi up` of the commit before", "passwords stay"))
    return Table(columns=("what", "how", "mind"), rows=tuple(rows))
