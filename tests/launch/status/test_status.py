"""The readiness of the launch. Prevents: an outdated status, and work that is done only by assertion."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.paths import PROJECT
from launch import looks
from launch.inputs import InputError, complaints
from launch.report import Verdict
from launch.status import Evidence, Sources, baseline, keep, load, status_report
from launch.status.evaluate import bead_result, evaluate
from launch.status.history import Verdicts
from launch.status.path import critical, ready
from launch.status.plan import FILE, Plan
from tests.verbs import call

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
HOST = {"subject": "prductr.com", "verdict": "passed", "detail": "200"}
UP = {**HOST, "check": "up"}


def plan(folder: Path, *beads: str, more: str = "") -> Plan:
    """Return one convoy of these beads, each a line of YAML."""
    file = folder / "launch.yaml"
    listed = "".join(f"\n      - {{ {bead} }}" for bead in beads)
    file.write_text(f"convoys:\n  - id: a\n    title: A\n    priority: 1\n    beads:{listed}\n{more}")
    return load(file)


def evidence(**changes: Any) -> Evidence:  # noqa: ANN401 -- fields
    well = {
        "stack": "prod",
        "looked_at": NOW - timedelta(minutes=3),
        "outside": tuple({**HOST, "check": name} for name in ("resolves", "certificate")),
        "outputs": {"conductor": "reserved"},
        "resources": ("dns-apex",),
    }
    return Evidence(**{**well, **changes})


def verdict(folder: Path, check: str, found: Evidence | None = None, **sources: Any) -> tuple[Verdict, str]:  # noqa: ANN401
    """Return the verdict of one check."""
    (bead,) = plan(folder, f"id: b, title: B, checks: [{check}]").beads
    result = bead_result(bead, Sources(evidence=found or evidence(), now=NOW, project=folder, **sources))
    return result.verdict, result.detail


PASSED, FAILED, UNCHECKED = Verdict.PASSED, Verdict.FAILED, Verdict.UNCHECKED


@pytest.mark.parametrize(
    ("check", "changes", "wanted"),
    [
        ("verify: {subject: prductr.com}", {}, PASSED),
        ("verify: {subject: prductr.com, checks: [certificate]}", {}, PASSED),
        ("verify: {subject: prductr.com, checks: [landing page]}", {}, FAILED),
        ("verify: {subject: elsewhere.com}", {}, FAILED),
        ("verify: {subject: prductr.com}", {"outside": ({**HOST, "check": "up", "verdict": "failed"},)}, FAILED),
        ("verify: {subject: prductr.com}", {"outside": ({**HOST, "check": "up", "verdict": "unsafe"},)}, FAILED),
        (
            "verify: {subject: prductr.com}",
            {"outside": ({**HOST, "check": "up", "verdict": "not checked"},)},
            UNCHECKED,
        ),
        ("verify: {subject: prductr.com}", {"looked_at": NOW - timedelta(days=8)}, UNCHECKED),
        ("stack: {output: conductor, among: [reserved, alias]}", {}, PASSED),
        ("stack: {output: conductor, among: [alias]}", {}, FAILED),
        ("stack: {output: nothing}", {}, FAILED),
        ("stack: {resource: dns-apex}", {}, PASSED),
        ("stack: {resource: dns-apex}", {"drifted": ("dns-apex",)}, FAILED),
        ("stack: {resource: dns-apex}", {"compared": False}, UNCHECKED),
        ("stack: {resource: dns-www}", {}, FAILED),
        ("accounts: {vendor: Neon}", {}, PASSED),
        ("accounts: {vendor: Neon}", {"beside": ({"vendor": "Neon", "what": "role x"},)}, FAILED),
        ("accounts: {vendor: Neon}", {"beside": ({"vendor": "Vercel", "what": "domain x"},)}, PASSED),
        ("accounts: {vendor: Neon}", {"unasked": ("Neon refuses",)}, UNCHECKED),
    ],
)
def test_recorded_findings_of_the_stack_decide(
    check: str, changes: dict[str, Any], wanted: Verdict, tmp_path: Path
) -> None:
    assert verdict(tmp_path, check, evidence(**changes))[0] is wanted


def test_without_recorded_findings_nothing_of_the_stack_is_done(tmp_path: Path) -> None:
    (bead,) = plan(tmp_path, "id: b, title: B, checks: [{stack: {output: conductor}}]").beads
    result = bead_result(bead, Sources(evidence=None, now=NOW))
    assert (result.verdict, "launch status --look" in result.remedy) == (UNCHECKED, True)


@pytest.mark.parametrize(
    ("check", "wanted"),
    [
        ("file: {path: docs/a.md}", PASSED),
        ("file: {path: docs/b.md}", FAILED),
        ('file: {path: "docs/*.md", matches: "^# A"}', PASSED),
        ('file: {path: docs/a.md, matches: "^# B"}', FAILED),
        ("file: {checkout: other, path: page.tsx}", PASSED),
        ("file: {checkout: absent, path: page.tsx}", UNCHECKED),
        ("file: {checkout: other, path: leads-out}", FAILED),
    ],
)
def test_a_file_of_this_project_or_another_checkout_decides(check: str, wanted: Verdict, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "page.tsx").write_text("export default () => null")
    (other / "leads-out").symlink_to("/etc/hostname")
    more = "checkouts: {other: a/other, absent: a/absent}\n"
    (bead,) = plan(tmp_path, f"id: b, title: B, checks: [{{{check}}}]", more=more).beads
    sources = Sources(evidence=None, now=NOW, project=tmp_path, checkouts={"other": other})
    assert bead_result(bead, sources).verdict is wanted


LINE = {"bead": "b", "result": "passed", "by": "an operator", "on": "2026-03-01"}


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ([], UNCHECKED),
        ([LINE], PASSED),
        ([LINE | {"bead": "other"}], UNCHECKED),
        ([LINE | {"by": " "}], UNCHECKED),
        ([LINE | {"on": "yesterday"}], UNCHECKED),
        ([LINE | {"on": "2026-01-01"}], UNCHECKED),
        ([LINE | {"on": "2027-01-01"}], UNCHECKED),
        ([LINE, LINE | {"result": "failed", "on": "2026-03-02"}], FAILED),
        ([LINE | {"result": "failed"}, LINE], PASSED),
        (["no JSON"], UNCHECKED),
    ],
)
def test_a_recorded_result_counts_with_its_author_and_date_until_it_expires(
    lines: list[Any], wanted: Verdict, tmp_path: Path
) -> None:
    (tmp_path / "plan").mkdir()
    texts = [each if isinstance(each, str) else json.dumps(each) for each in lines]
    (tmp_path / "plan" / "results.jsonl").write_text("\n".join(texts))
    check = "record: {file: plan/results.jsonl, where: {bead: b}, has: {result: [passed]}, days: 30}"
    found, detail = verdict(tmp_path, check)
    assert found is wanted, detail
    assert ("an operator on 2026-03-01" in detail) == (wanted is PASSED)


RUN = {
    "plugin": "lisa",
    "repository": "r",
    "verdict": "passed",
    "detail": "",
    "by": "op",
    "started": "2026-03-09T10:00:00Z",
}


@pytest.mark.parametrize(
    ("runs", "wanted"),
    [
        ([RUN], PASSED),
        ([RUN | {"verdict": "failed"}], FAILED),
        ([RUN | {"verdict": "not checked"}], UNCHECKED),
        ([RUN | {"started": "2026-01-09T10:00:00Z"}], UNCHECKED),
        ([RUN | {"started": ""}], UNCHECKED),
        ([RUN | {"started": "2027-01-09T10:00:00Z"}], UNCHECKED),
        ([RUN | {"by": ""}], UNCHECKED),
        ([], UNCHECKED),
        (None, UNCHECKED),
    ],
)
def test_smoke_runs_count_while_they_are_fresh(runs: list[Any] | None, wanted: Verdict, tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    if runs is not None:
        (tmp_path / "plan" / "smoke.json").write_text(json.dumps({"schema": 1, "runs": runs}))
    check = "smoke: {file: plan/smoke.json, plugins: [lisa], repositories: [r], days: 30}"
    assert verdict(tmp_path, check)[0] is wanted


def test_a_smoke_run_of_an_unknown_time_is_not_said_to_be_days_old(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    (tmp_path / "plan" / "smoke.json").write_text(json.dumps({"schema": 1, "runs": [RUN | {"started": ""}]}))
    check = "smoke: {file: plan/smoke.json, plugins: [lisa], repositories: [r], days: 30}"
    assert "days" not in verdict(tmp_path, check)[1]


def test_smoke_runs_that_nobody_asks_for_are_not_counted(tmp_path: Path) -> None:
    (tmp_path / "plan").mkdir()
    runs = [RUN, RUN | {"repository": "other", "by": "another"}, RUN | {"plugin": "carlos", "verdict": "failed"}]
    (tmp_path / "plan" / "smoke.json").write_text(json.dumps({"schema": 1, "runs": runs}))
    check = "smoke: {file: plan/smoke.json, plugins: [lisa], repositories: [r], days: 30}"
    assert verdict(tmp_path, check) == (PASSED, "1 runs, by op")


def test_the_worst_check_of_a_bead_decides(tmp_path: Path) -> None:
    checks = "{stack: {output: conductor}}, {file: {path: gone}}, {accounts: {vendor: Neon}}"
    (bead,) = plan(tmp_path, f"id: b, title: B, checks: [{checks}]").beads
    found = bead_result(bead, Sources(evidence=evidence(unasked=("x",)), now=NOW, project=tmp_path))
    assert (found.verdict, found.detail) == (FAILED, "gone does not exist")


_DONE = "checks: [{file: {path: .}}]"


def chain(folder: Path) -> Plan:
    """Return a plan: c and d wait for a, e for d; b is independent and takes long."""
    return plan(
        folder,
        f"id: a1, title: A, {_DONE}",
        f"id: b, title: B, days: 2.5, {_DONE}",
        f"id: c, title: C, after: [a1], {_DONE}",
        f"id: d, title: D, after: [a1], {_DONE}",
        f"id: e, title: E, after: [d], {_DONE}",
    )


@pytest.mark.parametrize(
    ("done", "path", "now"),
    [
        ((), ["a1", "d", "e"], ["a1", "b"]),
        (("a1",), ["b"], ["b", "c", "d"]),
        (("a1", "b"), ["d", "e"], ["c", "d"]),
        (("a1", "b", "d", "e"), ["c"], ["c"]),
        (("a1", "b", "c", "d", "e"), [], []),
        (("d",), ["b"], ["a1", "b", "e"]),
    ],
)
def test_the_critical_path_is_the_longest_chain_of_unfinished_beads(
    done: tuple[str, ...], path: list[str], now: list[str], tmp_path: Path
) -> None:
    beads = chain(tmp_path).beads
    assert [bead.id for bead in critical(beads, done)] == path
    assert [bead.id for bead in ready(beads, done)] == now


@pytest.mark.parametrize(
    ("bead", "expected"),
    [
        (f"id: b, title: B, after: [nobody], {_DONE}", "b: after nobody, which does not exist"),
        (f"id: b, title: B, after: [b], {_DONE}", "b after b: a circle"),
        (f"id: a, title: B, {_DONE}", "a: this id is used twice"),
        ("id: b, title: B, checks: [{file: {checkout: x, path: y}}]", "the checkout x is not among"),
        ("id: b, title: B, checks: [{file: {path: ../y}}]", "does not match"),
        ("id: b, title: B, checks: [{guess: {}}]", "guess"),
        ("id: b, title: B, checks: []", "checks"),
        ("id: b, title: B, done: true, checks: [{file: {path: y}}]", "done"),
    ],
)
def test_a_wrong_plan_is_refused_with_a_clear_error(bead: str, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=expected):
        plan(tmp_path, bead)


def test_the_projects_own_plan_has_the_convoys_of_the_launch_and_can_be_evaluated() -> None:
    own = load(FILE)
    assert [len(convoy.beads) for convoy in own.convoys] == [3, 3, 3, 3, 4, 2]
    assert sum(bead.required for bead in own.beads) == 16
    assert {bead.id: bead.after for bead in own.beads}["gt-m3001"] == ("gt-ops03",)
    results = evaluate(own, Sources(evidence=None))
    assert all(result.verdict is not PASSED or result.detail for result in results.values())
    assert results["gt-d1001"].verdict is UNCHECKED


def test_a_bead_that_may_follow_the_launch_blocks_nothing(tmp_path: Path) -> None:
    more = """  - id: later
    title: Later
    priority: 3
    beads: [{ id: z, title: Z, checks: [{ file: { path: gone } }] }]
"""
    own = plan(tmp_path, "id: b, title: B, checks: [{stack: {output: conductor}}]", more=more)
    report, _ = status_report(own, Sources(evidence=evidence(), now=NOW, project=tmp_path), "prod", Verdicts())
    assert (report.exit_code, report.summary) == (0, "Nothing blocks the launch.")
    assert "may follow the launch; failed: gone does not exist" in report.sections[-1].findings[0].detail


def test_a_check_that_fails_again_turns_its_bead_red_and_is_named_as_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCH_LOOKS", str(tmp_path / "looks"))
    own = plan(tmp_path, "id: b, title: B, checks: [{verify: {subject: prductr.com}}]")

    def looked(found: Evidence) -> dict[str, Any]:
        sources = Sources(evidence=found, now=NOW, project=tmp_path)
        report, verdicts = status_report(own, sources, "prod", baseline("prod", found.looked_at))
        keep("prod", found.looked_at, verdicts)
        return dict(report.data)

    assert looked(evidence())["changes"] == []
    red = evidence(looked_at=NOW, outside=({**HOST, "check": "up", "verdict": "failed"},))
    assert looked(red)["changes"] == [{"bead": "b", "before": "passed", "now": "failed"}]
    assert looked(red)["changes"] == [{"bead": "b", "before": "passed", "now": "failed"}], "until the next look"
    later = evidence(looked_at=NOW + timedelta(minutes=1), outside=red.outside)
    assert looked(later)["changes"] == []


def test_the_status_needs_no_network_and_no_engine_and_shows_the_age_of_each_record(tmp_path: Path) -> None:
    facts = {
        "stack": "prod", "looked_at": (datetime.now(UTC) - timedelta(minutes=5)).isoformat(), "outside": [],
        "outputs": {}, "resources": [], "drifted": [], "beside": [], "compared": True, "unasked": [],
    }  # fmt: skip
    environment = {**os.environ, "LAUNCH_LOOKS": str(tmp_path), "PATH": "/nowhere"}
    (tmp_path / "prod").mkdir()
    (tmp_path / "prod" / "facts.json").write_text(json.dumps({"kept_at": facts["looked_at"], **facts}))
    code = (
        "import socket, subprocess, sys\n"
        "def refuse(*_, **__): raise SystemExit('a socket or a process')\n"
        "socket.socket.connect = refuse; subprocess.Popen.__init__ = refuse\n"
        "sys.argv = ['launch', 'status', '--stack', 'prod', '--json']\n"
        "from launch.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (2, "")
    assert document["facts"]["looked at the stack"].endswith("5 minutes ago")
    assert 290 < document["age_seconds"] < 400
    assert list(complaints(document, "status")) == []
    assert list(complaints(document, "report")) == []


def test_a_record_of_another_version_or_a_broken_disk_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAUNCH_LOOKS", str(tmp_path))
    (tmp_path / "prod").mkdir()
    for text in ("", "[]", "{", '{"kept_at": "then"}', '{"kept_at": "2026-03-01T00:00:00+00:00"}'):
        (tmp_path / "prod" / "facts.json").write_text(text)
        assert Evidence.restored(looks.load("prod", "facts")) is None
    done = call("status", "--stack", "prod", "--json")
    assert (done.exit_code, done.document["looked_at"]) == (1, None)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("lisa", "is not NAME=FOLDER"),
        ("nobody=/tmp", "there is no checkout nobody"),
        ("lisa=/nowhere", "is not a folder"),
    ],
)
def test_a_path_that_is_no_checkout_is_one_message_with_a_remedy(word: str, expected: str) -> None:
    done = call("status", "--json", "--checkout", word)
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert expected in done.document["error"]
    assert done.document["remedy"]
