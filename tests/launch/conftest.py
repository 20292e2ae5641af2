"""A sandbox's folder with a cache of its own; a process that a test leaves running is an error of that test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.processes import lifecycle, processes


@pytest.fixture(autouse=True)
def _looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records of verbs stay within the test."""
    monkeypatch.setenv("LAUNCH_LOOKS", str(tmp_path / "looks"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("LAUNCH_CACHE", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    assert cache.parent == tmp_path
    folder = tmp_path / "home"
    monkeypatch.setenv("LAUNCH_SANDBOX_HOME", str(folder))
    monkeypatch.setenv("LAUNCH_SANDBOX_PORT_BASE", "auto")
    yield folder
    if folder.exists():
        lifecycle.stop(folder)
    assert processes.family(folder) == []
