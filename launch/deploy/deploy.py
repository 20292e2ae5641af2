"""Deploy what was reviewed: look again, compare, update by plan, verify, and name the way back after a failure."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from contract.problem import Problem
from launch.deploy.compare import unreviewed
from launch.preview import Preview, of_changes, read
from launch.report import Finding, Report, Section, Verdict
from launch.stack import Stack
from launch.verify.checks import verification

_SUMMARIES = {
    Verdict.PASSED: "Deployed as reviewed, and verified.",
    Verdict.UNCHECKED: "Deployed as reviewed; not everything could be verified.",
    Verdict.FAILED: "Deployed as reviewed, and not everything is as it should be.",
    Verdict.UNSAFE: "Deployed as reviewed, and tenants are not isolated.",
}
_STOPPED = "An update would not do what was reviewed: nothing was deployed."
_FAILED = "The deployment failed: it may be half done."
WAY_BACK = (
    "The way back: `launch history` numbers the deployments, `launch rollback plan NUMBER` shows what returning to the"
    " previous one takes and loses; or fix the cause and deploy again."
)

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class RestorePoint:
    """A time to which the database can return, as long as Neon keeps its history."""

    at: str
    """Before the update began, in ISO 8601 format, in UTC."""
    project: str
    branch: str
    """Project and branch are ids at Neon; empty before the first deployment."""

    @classmethod
    def now(cls, stack: Stack) -> RestorePoint:
        """Return the present time as a restore point."""
        database = stack.outputs().get("database") or {}
        at = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(at=at, project=str(database.get("project_id", "")), branch=str(database.get("branch_id", "")))


def deploy(stack: Stack, reviewed: Preview, *, say: Say, commit: str = "") -> Report:
    """Deploy, and return the report. Raises Problem if it was stopped before the comparison."""
    say(f"Reading the actual resources of stack {stack.name}.")
    stack.refresh()
    with tempfile.TemporaryDirectory(prefix="prductr-deploy-") as folder:
        plan = Path(folder) / "plan.json"
        say("Previewing again.")
        # The state now holds the actual resources, so this compares with them too.
        now = replace(of_changes(stack, read(stack.planned(plan=plan))), refreshed=True)
        report = Report(
            title="Deployment",
            kind="deploy",
            stack=stack.name,
            facts={"commit": commit} if commit else {},
            examined=max(1, now.changes.unchanged + len(now.changes.changes)),
        )
        if differences := _differences(reviewed, now):
            section = Section(title="Not as reviewed", findings=differences)
            return replace(report, sections=(section,), summaries=dict.fromkeys(Verdict, _STOPPED))
        point = RestorePoint.now(stack)
        facts = {**report.facts, "restore point": f"{point.at} ({point.project or 'no database yet'} {point.branch})"}
        data = {"restore_point": {"at": point.at, "project": point.project, "branch": point.branch}}
        report = replace(report, facts=facts, data=data)
        say(f"Restore point: {point.at}. Deploying what was reviewed.")
        try:
            stack.up(plan=plan, message=f"As reviewed{f', {commit}' if commit else ''}")
        except Problem as error:
            failed = Finding(
                subject="deployment", name="update", verdict=Verdict.FAILED, detail=str(error), remedy=WAY_BACK
            )
            return replace(report, sections=(Section(findings=(failed,)),), summaries=dict.fromkeys(Verdict, _FAILED))
    return _verified(stack, report, say)


def _differences(reviewed: Preview, now: Preview) -> tuple[Finding, ...]:
    errors = tuple(
        Finding(subject="preview", name="engine", verdict=Verdict.UNCHECKED, detail=each) for each in now.changes.errors
    )
    return errors or unreviewed(reviewed, now)


def _verified(stack: Stack, report: Report, say: Say) -> Report:
    say("Verifying.")
    try:
        sections = verification(stack).sections
    except Problem as error:
        unknown = Finding(subject="verification", name="look", verdict=Verdict.UNCHECKED, detail=str(error))
        sections = (Section(findings=(unknown,)),)
    if any(not each.verdict.good for section in sections for each in section.findings):
        failed = Section(title="The way back", lines=(WAY_BACK,), loud=True)
        sections = (*sections, failed)
    return replace(report, sections=sections, summaries=_SUMMARIES, examined=None)
