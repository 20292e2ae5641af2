"""A Neon for the tests, and homes for those that start and stop one themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.base.home import AUTO, Home
from sandbox.cloud.neon.compute import storage
from sandbox.state.store import Document
from tests.sandbox.cloud.neon.harness import SECTION, Neon, client, running
from tests.sandbox.cloud.neon.past import Past, begun


@pytest.fixture
def make_home(tmp_path: Path) -> Iterator[Callable[[str], Home]]:
    """Returns new homes, whose servers and data are removed at the end."""
    made: list[Home] = []

    def make(name: str) -> Home:
        made.append(Home.create(tmp_path / name, AUTO))
        return made[-1]

    yield make
    for home in made:
        storage.remove(home.path)


@pytest.fixture(scope="session")
def neon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neon]:
    """One Neon for all tests that keep it running, with nothing but an organization."""
    home = Home.create(tmp_path_factory.mktemp("neon") / "home", AUTO)
    try:
        with running(home, SECTION) as context, client(context) as found:
            yield found
    finally:
        storage.remove(home.path)


@pytest.fixture(scope="session")
def project(neon: Neon) -> Document:
    """A ready project: the response to its creation. Additions of a test have names of their own, or are removed."""
    return neon.project()


@pytest.fixture
def past(neon: Neon) -> Iterator[Past]:
    """A separate project that has lost data."""
    found = begun(neon)
    yield found
    neon.call("DELETE", f"/projects/{found.project['project']['id']}")
