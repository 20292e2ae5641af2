"""The report for people about each kind of change, from events of the real engine (`recording.py`).

Prevents: a deletion that goes unnoticed, a badly hidden secret, a lock without a warning.

    UPDATE_GOLDEN=1 pytest tests/launch/preview/test_golden.py     # writes the files anew: read the difference
"""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from launch.preview import Preview, changes, database, meaning, report
from launch.preview.changes import Kind
from launch.preview.document import decoded
from launch.preview.preview import Cost
from launch.report import ExitCode, Report, Verdict, markdown

HERE = Path(__file__).parent
RECORDED = sorted(path.stem for path in (HERE / "recorded").glob("*.json"))
FAILED = {
    "migration-edited",
    "protected-deleted",
    "protected-replaced",
    "region-refused",
    "rule-broken",
    "settings-refused",
}


@cache
def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "recorded" / f"{name}.json").read_text())
    return found


def previewed(name: str) -> Preview:
    """Return the preview of the recording."""
    found = changes.read(recorded(name)["events"])
    return Preview(
        stack="sandbox",
        changes=found,
        database=decoded(database.Database, recorded(name)["database"]),
        costs=tuple(Cost(resource=each.name, what=what) for each in found.changes for what in meaning.costs(each)),
        refreshed=name == "drifted",
    )


def shown(name: str) -> Report:
    return report(previewed(name), commit="0123abc")


def test_there_are_recordings_of_at_least_fifteen_kinds_of_change() -> None:
    assert len(RECORDED) >= 15
    assert set(RECORDED) >= FAILED


@pytest.mark.parametrize("name", RECORDED)
def test_the_comment_matches_its_golden_file(name: str) -> None:
    text = markdown.render(shown(name), limit=markdown.COMMENT)
    golden = HERE / "golden" / f"{name}.md"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("name", RECORDED)
def test_every_change_is_named_and_the_exit_code_shows_whether_it_could_be_previewed(name: str) -> None:
    found, text = previewed(name), markdown.render(shown(name))
    assert shown(name).exit_code is (ExitCode.UNCHECKED if name in FAILED else ExitCode.AS_DECLARED)
    assert shown(name).verdict is (Verdict.UNCHECKED if name in FAILED else Verdict.PASSED)
    for change in found.changes.changes:
        assert change.name in text
    assert bool(found.changes.errors) is (name in FAILED)


def test_the_changes_are_counted_as_the_engine_counts_them() -> None:
    counted = 0
    for name in RECORDED:
        if name in FAILED:
            continue  # the engine counts the steps that it reached
        events = recorded(name)["events"]
        summary = Counter(next(each["summaryEvent"] for each in events if "summaryEvent" in each)["resourceChanges"])
        for step in (each["resourcePreEvent"]["metadata"] for each in events if "resourcePreEvent" in each):
            if not (step["new"] or step["old"]).get("custom"):
                summary[step["op"]] -= 1  # a component, or the stack itself
        if name == "imported":
            summary["update"] -= 1  # the second step of the same resource
        found = previewed(name).changes
        wanted = {op: count for op, count in summary.items() if count > 0 and op != "same"}
        assert {kind.value: len(found.of(kind)) for kind in Kind if found.of(kind)} == wanted, name
        counted += sum(wanted.values())
    assert counted > 60


def test_irreversible_changes_come_before_everything_else() -> None:
    for name in RECORDED:
        text = markdown.render(shown(name))
        loud = [each.name for each in previewed(name).changes.of(Kind.DELETE)]
        if loud and name not in FAILED:
            assert text.startswith("## ⚠️ Preview"), name
            titles = [line for line in text.splitlines() if line.startswith("### ")]
            assert "deleted" in titles[0] or "replaced" in titles[0], (name, titles)


def test_no_mark_of_the_engine_is_shown() -> None:
    for name in RECORDED:
        text = markdown.render(shown(name)) + json.dumps(shown(name).data)
        assert "4dabf18193072939515e22adb298388d" not in text
        assert "04da6b54-80e4-46f7-96ec-b56ff0331ba9" not in text
        assert "__provider" not in text
