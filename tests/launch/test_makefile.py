"""The commands of the Makefile. Prevents: a fresh clone on an old Python that fails far from the cause."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
MAKEFILE = (PROJECT / "Makefile").read_text()


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    return tmp_path


def test_make_alone_explains_what_people_type(clone: Path) -> None:
    done = make(clone)
    assert done.returncode == 0
    for target in ("up", "down", "test", "check", "bench", "clean"):
        assert re.search(rf"^  make {target} +\S", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("python", ["old", "missing"])
def test_a_python_that_is_too_old_or_missing_is_named_with_the_remedy(clone: Path, python: str) -> None:
    program = clone / "old"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 10)\n$2"\n')
    program.chmod(0o755)
    done = make(clone, "tools", f"PYTHON={clone / python}")
    assert done.returncode == 2
    assert "Error: Python 3.11 or newer is needed; name one, such as: make PYTHON=python3.12" in done.stderr
    assert not (clone / ".venv").exists()


def test_every_file_that_the_workflows_and_the_makefile_run_exists() -> None:
    texts = [MAKEFILE, *(file.read_text() for file in (PROJECT / ".github/workflows").glob("*.yml"))]
    modules = {name for text in texts for name in re.findall(r"python -m (\w[\w.]*)", text)} - {
        "pip",
        "venv",
        "benchmarks.",
    }
    files = [PROJECT / f"{module.replace('.', '/')}{end}" for module in modules for end in (".py", "/__main__.py")]
    assert len(modules) >= 3
    assert sum(file.exists() for file in files) == len(modules)


def test_the_workflows_pin_every_action_and_use_verbs_that_exist() -> None:
    from launch.cli import VERBS

    files = sorted((PROJECT / ".github/workflows").glob("*.yml"))
    assert len(files) == 3
    for file in files:
        text = file.read_text()
        assert all(re.fullmatch(r"\S+@[0-9a-f]{40}", use) for use in re.findall(r"uses: (\S+)", text))
        assert set(re.findall(r"bin/launch (\w+)", text)) <= set(VERBS)
        targets = set(re.findall(r"run: make (\S+)", text))
        assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets)
