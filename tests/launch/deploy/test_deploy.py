"""A deployment of a reviewed preview. Prevents: a deployment of anything else, and a failure that names no way back.

The engine's part is recorded; tests/end_to_end/test_workflows.py runs the same against the sandbox.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from contract.paths import PROJECT
from launch.deploy import deploy, unreviewed
from launch.preview import Preview, of_changes, read
from launch.report import ExitCode, Finding, Report, Section, Verdict
from launch.stack import Stack, UpdateError
from tests.launch.preview.test_golden import previewed, recorded


@dataclass
class Recorded:
    """A stack that replays a recording, and records its calls."""

    recording: str
    fails: bool = False
    name: str = "sandbox"
    folder: Path = PROJECT
    environment: Mapping[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def refresh(self) -> None:
        self.done.append("refresh")

    def planned(self, *, plan: Path) -> list[Mapping[str, Any]]:
        self.done.append("plan")
        plan.write_text("{}")
        found: list[Mapping[str, Any]] = recorded(self.recording)["events"]
        return found

    def outputs(self) -> dict[str, Any]:
        return {"database": {"project_id": "calm-forest", "branch_id": "br-main"}}

    def up(self, *, plan: Path, message: str) -> None:
        assert plan.exists()
        self.done.append(f"up: {message}")
        if self.fails:
            raise UpdateError("`pulumi up` failed (see above).")


def stack(recording: str = "update", *, fails: bool = False) -> tuple[Stack, list[str]]:
    found = Recorded(recording, fails)
    return cast("Stack", found), found.done


def reviewed(name: str = "update") -> Preview:
    changes = read(recorded(name)["events"])
    return replace(of_changes(stack(name)[0], changes), refreshed=True)


def verified(verdict: Verdict) -> Report:
    found = Finding(subject="prductr.com", name="up", verdict=verdict, detail="…")
    return Report(title="Verification", kind="verify", sections=(Section(findings=(found,)),))


@pytest.fixture
def verdict(monkeypatch: pytest.MonkeyPatch) -> list[Verdict]:
    """Set the result of the verification."""
    found = [Verdict.PASSED]
    module = sys.modules["launch.deploy.deploy"]  # its function has the same name
    monkeypatch.setattr(module, "verification", lambda _stack: verified(found[0]))
    return found


def run(given: Stack, what: Preview) -> tuple[Report, list[str]]:
    lines: list[str] = []
    return deploy(given, what, say=lines.append, commit="abc1234"), lines


@pytest.mark.usefixtures("verdict")
def test_a_reviewed_preview_is_applied_by_its_plan_and_verified() -> None:
    given, done = stack()
    report, lines = run(given, reviewed())
    assert report.exit_code is ExitCode.AS_DECLARED
    assert done == ["refresh", "plan", "up: As reviewed, abc1234"]
    assert report.data["restore_point"]["branch"] == "br-main"
    assert any("Restore point: 20" in line for line in lines)


@pytest.mark.parametrize("verdict_found", [Verdict.FAILED, Verdict.UNSAFE, Verdict.UNCHECKED])
def test_a_failed_verification_names_the_way_back(verdict_found: Verdict, verdict: list[Verdict]) -> None:
    verdict[0] = verdict_found
    report, _ = run(stack()[0], reviewed())
    assert report.verdict is verdict_found
    assert "launch rollback plan" in report.sections[-1].lines[0]


@pytest.mark.usefixtures("verdict")
def test_a_failed_update_names_the_way_back_and_the_restore_point() -> None:
    report, _ = run(stack(fails=True)[0], reviewed())
    assert report.exit_code is ExitCode.DIFFERENT
    assert "launch rollback plan" in next(report.remedies())[0]
    assert report.data["restore_point"]["at"]


@pytest.mark.usefixtures("verdict")
@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (lambda each: replace(each, stack="prod"), "stack"),
        (lambda each: replace(each, program="0" * 64), "program"),
        (lambda each: replace(each, refreshed=False), "review"),
        (lambda each: replace(each, changes=replace(each.changes, succeeded=False)), "review"),
        (lambda each: replace(each, changes=replace(each.changes, changes=())), "dashboard-project"),
        (lambda _: reviewed("host-absent"), "conductor-script"),
    ],
)
def test_any_difference_from_the_review_stops_it_before_the_update(change: Any, subject: str) -> None:  # noqa: ANN401
    given, done = stack()
    report, _ = run(given, change(reviewed()))
    assert report.exit_code is ExitCode.DIFFERENT
    assert done == ["refresh", "plan"]
    assert "nothing was deployed" in report.summary
    assert any(subject in finding.subject for finding in report.findings), report.findings


@pytest.mark.usefixtures("verdict")
def test_a_preview_that_fails_now_stops_it_and_is_not_reported_as_a_difference() -> None:
    given, done = stack("rule-broken")
    report, _ = run(given, reviewed())
    assert report.exit_code is ExitCode.UNCHECKED
    assert done == ["refresh", "plan"]


def test_another_value_of_the_same_property_is_another_step() -> None:
    """Otherwise a plan for 12 to 20 would be applied after somebody had set 31."""
    one = reviewed()
    first, *others = one.changes.changes
    changed = replace(first, properties=(replace(first.properties[0], before="18.x"),))
    other = replace(one, changes=replace(one.changes, changes=(changed, *others)))
    assert unreviewed(one, one) == ()
    assert [each.subject for each in unreviewed(one, other)] == [first.name]


def test_other_migrations_and_another_policy_are_differences() -> None:
    for name, check in (("migration", "migrations"), ("policy", "row security")):
        one = replace(previewed(name), refreshed=True)
        other = replace(one, database=type(one.database)())
        assert [(each.subject, each.name) for each in unreviewed(one, other)] == [("database", check)]
        sizes = replace(
            one.database,
            pending=tuple(
                replace(each, locks=tuple(replace(x, rows=5) for x in each.locks)) for each in one.database.pending
            ),
        )
        assert unreviewed(one, replace(one, database=sizes)) == ()
