"""A preview in a file. Prevents: a file from elsewhere that is shown, or deployed, as a preview."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contract.problem import Problem
from launch.preview import DocumentError, document, load, report, save
from launch.report import attachment, markdown
from launch.report import json as documents
from tests.launch.preview.test_golden import RECORDED, previewed


@pytest.mark.parametrize("name", RECORDED)
def test_a_saved_preview_reads_the_same_and_has_the_same_steps(name: str, tmp_path: Path) -> None:
    before = previewed(name)
    save(before, tmp_path / "preview.json")
    after = load(tmp_path / "preview.json")
    assert markdown.render(report(after)) == markdown.render(report(before))
    assert after.steps() == before.steps()
    assert len(after.steps()) == len(before.changes.changes)


def test_two_changes_that_differ_in_a_value_have_different_steps() -> None:
    assert previewed("host-absent").steps() != previewed("host-replaced").steps()
    assert previewed("update").steps() != previewed("nothing").steps()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"schema": 1}',
        '{"schema": 2, "stack": "prod", "changes": {"succeeded": true}}',
        '{"schema": 1, "stack": 7, "changes": {"succeeded": true}}',
        '{"schema": 1, "stack": "prod", "changes": {"succeeded": 1}}',
        '{"schema": 1, "stack": "prod", "changes": {"succeeded": true, "changes": {}}}',
        '{"schema": 1, "stack": "prod", "changes": {"succeeded": true, "changes": [{"kind": "explode"}]}}',
        '{"schema": 1, "stack": "prod", "changes": {"succeeded": true}, "more": 1}',
        "[" * 100_000,
        "\udcff",
    ],
)
def test_a_file_that_is_not_a_preview_is_refused_with_a_remedy(text: str, tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DocumentError, match="this is not a preview") as caught:
        load(file)
    assert "launch preview --save" in caught.value.remedy


def test_the_smallest_preview_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "preview.json"
    file.write_text('{"schema": 1, "stack": "prod", "changes": {"succeeded": true}}')
    assert load(file).stack == "prod"


def test_a_hostile_name_stays_text(tmp_path: Path) -> None:
    found = document(previewed("host-replaced"))
    evil = "urn:pulumi:prod::prductr::x:index/y:Z::`@everyone` <img src=x> #1 | [a](b)"
    found["changes"]["changes"][0]["urn"] = evil
    file = tmp_path / "preview.json"
    file.write_text(json.dumps(found))
    text = markdown.render(report(load(file)))
    assert "<img" not in text
    assert "@everyone" not in text


def _attached(tmp_path: Path, content: Any) -> Path:  # noqa: ANN401 -- any JSON
    file = tmp_path / "report.json"
    file.write_text(json.dumps(content))
    return file


def test_another_verbs_report_is_shown_with_its_tables(tmp_path: Path) -> None:
    other = documents.document(report(previewed("migration-edited")))
    sections = (attachment(_attached(tmp_path, other)).section,)
    text = markdown.render(report(previewed("update"), beside=sections))
    assert "Preview of stack sandbox" in sections[0].title
    assert "was edited after it was applied" in text


@pytest.mark.parametrize("content", [None, [], {}, {"checks": []}, {"checks": [1], "title": "x", "sections": []}])
def test_a_file_that_is_not_a_report_is_refused(content: Any, tmp_path: Path) -> None:  # noqa: ANN401
    with pytest.raises(Problem, match="this is not a report"):
        attachment(_attached(tmp_path, content))
    with pytest.raises(Problem, match="cannot be read"):
        attachment(tmp_path / "none.json")
