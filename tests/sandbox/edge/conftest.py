"""An edge over an empty store, for each test module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.base.home import AUTO, Home
from sandbox.state.store import Store
from tests.sandbox.edge.serving import Edge, running


@pytest.fixture(scope="module")
def module_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The running edge."""
    home = Home.create(tmp_path_factory.mktemp("edge"), AUTO)
    store = Store(home.store_path)
    try:
        with running(home, store) as edge:
            yield edge
    finally:
        store.close()


@pytest.fixture
def edge(module_edge: Edge) -> Edge:
    """The running edge, with nothing deployed."""
    module_edge.clouds.store.clear()
    return module_edge


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A sandbox of its own."""
    return Home.create(tmp_path / "home", AUTO)
