"""The commands of the Makefile. Prevents: a fresh clone on an old Python that fails far from the cause."""

from __future__ import annotations

import os
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


def test_make_alone_lists_the_targets(clone: Path) -> None:
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
    assert {file.stem for file in files} == {"ci", "deploy", "drift", "preview", "review"}
    for file in files:
        text = file.read_text()
        assert all(re.fullmatch(r"\S+@[0-9a-f]{40}", use) for use in re.findall(r"uses: (\S+)", text))
        assert set(re.findall(r"bin/launch (\w+)", text)) <= set(VERBS)
        targets = set(re.findall(r"run: make ([a-z-]+)", text))
        assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target in targets)


def test_packages_that_pip_put_elsewhere_are_an_error_and_no_silent_success(clone: Path, tmp_path: Path) -> None:
    (clone / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "none"\nbackend-path = ["."]\n'
    )
    (clone / "none.py").write_text(_BACKEND)
    (tmp_path / "pip.conf").write_text(f"[install]\ntarget = {tmp_path / 'elsewhere'}\n")
    done = subprocess.run(
        ["make", "tools", f"PYTHON={sys.executable}"],
        cwd=clone,
        env=os.environ | {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Error: pip installed the packages outside .venv" in done.stderr
    assert not (clone / ".venv" / ".installed").exists()


_BACKEND = """
import pathlib, zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    name = "nothing-1-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("nothing-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: nothing\\nVersion: 1\\n")
        wheel.writestr("nothing-1.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("nothing-1.dist-info/RECORD", "")
    return name
build_wheel = build_editable
"""
