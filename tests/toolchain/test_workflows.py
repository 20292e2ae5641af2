"""The linters of workflows. Prevents: a check that passes on any file."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.paths import PROJECT
from toolchain import workflows

WRONG = """name: wrong
on: push
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - run: echo ${{ nobody.knows }}
"""
UNSAFE = """name: unsafe
on: pull_request_target
permissions: write-all
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v5
      - run: echo "${{ github.event.pull_request.title }}"
"""


@pytest.mark.parametrize("text", [WRONG, UNSAFE])
def test_wrong_and_unsafe_workflows_are_found(text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "one.yml").write_text(text)
    assert workflows.main([str(tmp_path)]) == workflows.FOUND
    assert "one.yml" in "".join(capfd.readouterr())


def test_our_workflows_pass(capfd: pytest.CaptureFixture[str]) -> None:
    assert workflows.main([str(PROJECT / ".github" / "workflows")]) == 0, capfd.readouterr()


def test_a_folder_without_workflows_is_no_success(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert workflows.main([str(tmp_path)]) == 1
    assert "there are no workflows" in capfd.readouterr().err
