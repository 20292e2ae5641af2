"""The cache of tools. Prevents: half-made entries that look complete, packages that are not the pinned ones."""

from __future__ import annotations

import hashlib
import os
import threading
import zipfile
from pathlib import Path

import pytest

from toolchain import cache as toolchain
from toolchain.cache import ToolError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAUNCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    return tmp_path / "cache"


def quiet(_: str) -> None: ...


def package(folder: Path) -> str:
    """Write a small wheel; return its hash."""
    file = folder / "demo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("demo/data.txt", "content")
        archive.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        archive.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("demo-1.0.dist-info/RECORD", "")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_an_entry_is_made_once_for_all_concurrent_callers(cache: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "file").touch()

    threads = [threading.Thread(target=toolchain.made, args=(cache / "entry", make, quiet)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert (cache / "entry" / "file").exists()


def test_an_entry_whose_making_fails_does_not_exist(cache: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        toolchain.made(cache / "entry", fail, quiet)
    assert list(cache.iterdir()) == []


def test_a_caller_that_waits_for_another_gets_a_message(cache: Path) -> None:
    held, reported = threading.Event(), threading.Event()

    def hold() -> None:
        with toolchain.locked(cache / "entry", quiet):
            held.set()
            assert reported.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(30)
    lines: list[str] = []

    def report(line: str) -> None:
        lines.append(line)
        reported.set()

    with toolchain.locked(cache / "entry", report):
        thread.join()
    assert lines == ["Waiting for another process that is preparing entry."]


def test_only_one_at_a_time_holds_a_lock_and_none_is_left_behind(cache: Path) -> None:
    holders, most = 0, 0

    def work() -> None:
        nonlocal holders, most
        for _ in range(50):
            with toolchain.locked(cache / "entry", quiet):
                holders += 1
                most = max(most, holders)
                holders -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (holders, most) == (0, 1)
    assert list(cache.iterdir()) == []


def test_a_package_is_unpacked_when_its_hash_is_right(tmp_path: Path) -> None:
    requirements = tmp_path / "demo.txt"
    requirements.write_text(f"demo==1.0 --hash=sha256:{package(tmp_path)}\n")
    folder = toolchain.python_package(requirements, quiet)
    assert (folder / "demo/data.txt").read_text() == "content"
    assert folder.name.startswith("demo-1.0-")


@pytest.mark.parametrize("pinned", ["0" * 64, None])
def test_a_package_with_a_wrong_hash_or_that_is_missing_is_one_error(tmp_path: Path, pinned: str | None) -> None:
    if pinned:
        package(tmp_path)
    requirements = tmp_path / "demo.txt"
    requirements.write_text(f"demo==1.0 --hash=sha256:{pinned or '1' * 64}\n")
    with pytest.raises(ToolError, match=r"demo==1\.0 could not be installed with pip"):
        toolchain.python_package(requirements, quiet)


def test_a_name_follows_from_the_contents_of_every_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("1")
    second.write_text("2")
    before = toolchain.digest(first, second)
    assert toolchain.digest(first, second) == before
    second.write_text("3")
    assert toolchain.digest(first, second) != before


@pytest.mark.parametrize("variable", ["PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"])
def test_the_shells_settings_of_where_pip_installs_have_no_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1" if variable == "PIP_USER" else str(tmp_path / "elsewhere"))
    requirements = tmp_path / "demo.txt"
    requirements.write_text(f"demo==1.0 --hash=sha256:{package(tmp_path)}\n")
    folder = toolchain.python_package(requirements, quiet)
    assert (folder / "demo/data.txt").read_text() == "content"
    assert not (tmp_path / "elsewhere").exists()
