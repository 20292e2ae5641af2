"""A cloud room over real HTTP: uvicorn in a thread, on a free port of loopback, with a clock that tests can move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.base.home import Home
from sandbox.cloud.app import create_app
from sandbox.cloud.neon.compute import storage
from sandbox.state.faults import Faults
from sandbox.state.store import Store
from tests.sandbox.cloud.support import Clock, Cloud, Running


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    home = Home.create(tmp_path_factory.mktemp("sandbox"), "auto")
    store, faults, clock = Store(home.store_path), Faults(), Clock()
    server = Running(create_app(home, store, faults, clock), home.ports.cloud)
    cloud = Cloud(home, store, faults, clock)
    try:
        yield cloud
    finally:
        cloud.close()
        server.stop()
        store.close()
        storage.remove(home.path)


@pytest.fixture
def cloud(_running: Cloud) -> Cloud:
    """The module's cloud room, in the state of a new sandbox."""
    _running.faults.remove()
    _running.admin.post("/_sandbox/reset", json={"scenario": "empty"}).raise_for_status()
    _running.admin.get("/_sandbox/requests", params={"clear": ""})
    return _running


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A sandbox's folder in which nothing runs."""
    return Home.create(tmp_path / "home", "auto")
