"""Prevents: a Worker that is uploaded without having run: its tests run in the real workerd, its lint is clean."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from toolchain import node

WORKERS = Path(__file__).resolve().parents[2] / "workers"


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    node.install(WORKERS)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(node.node()), *words], cwd=WORKERS, env=node.environment(), capture_output=True, text=True, check=False
    )


def test_the_workers_pass_their_tests_in_workerd() -> None:
    done = run("--test", "--test-reporter=tap", "tests/*.test.js")
    assert done.returncode == 0, done.stdout[-4000:]
    assert "# pass " in done.stdout
    assert "# skipped 0" in done.stdout


def test_the_workers_are_linted_and_formatted() -> None:
    done = run("node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".")
    assert done.returncode == 0, done.stderr[-4000:]


def test_the_lock_file_records_no_download_address() -> None:
    assert "://" not in "".join(
        line for line in (WORKERS / "package-lock.json").read_text().splitlines() if '"url"' not in line
    )
