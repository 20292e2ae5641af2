"""The whole launch, deployed once by `launch up` for all tests here, in a folder and on ports of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from sandbox.processes import processes
from tests.end_to_end.world import Done, Launch, new_sandbox, run


@pytest.fixture(scope="session")
def first_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Launch, Done]]:
    """The launch, and the output of the `launch up` that deployed it."""
    folder = tmp_path_factory.mktemp("launch") / "sandbox"
    command = (sys.executable, "-m", "launch")
    try:
        done = run(*command, "up", environment=new_sandbox(folder))
        yield Launch(folder=folder), done
    finally:
        run(*command, "down", environment=new_sandbox(folder))
        assert not folder.exists()
        assert processes.family(folder) == []


@pytest.fixture
def launched(first_up: tuple[Launch, Done]) -> Iterator[Launch]:
    """The launch, as declared before the test; changes that the test left in the clouds are repaired after it."""
    launch, _ = first_up
    before = launch.changes()
    yield launch
    launch.mend()
    if launch.changes() != before and not launch.is_as_declared:
        launch.pulumi("up", "--refresh", "--yes", "--skip-preview")
