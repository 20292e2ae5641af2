"""The vendors' command lines, from their published packages, on a sandbox of their own; three tours side by side."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contract.paths import PROJECT
from tests.command_lines import neon_tour, vercel_tour, wrangler_tour
from tests.command_lines.touring import HERE, Result, table
from tests.drivers.vendors import running
from toolchain import node

TOURS = (neon_tour.TOUR, vercel_tour.TOUR, wrangler_tour.TOUR)
DATA = PROJECT / ".build" / "command-lines.json"
"""The results of the latest run, a row for each command."""
_RESULTS = pytest.StashKey[list[Result]]()


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> list[Result]:
    """What became of each command of the three tours."""
    node.install(HERE)
    folder = tmp_path_factory.mktemp("command-lines")
    with running(folder / "home") as clients, ThreadPoolExecutor(len(TOURS)) as pool:
        runs = [pool.submit(tour.run, clients.environment, folder / tour.program) for tour in TOURS]
        found = [result for run in runs for result in run.result()]
    DATA.parent.mkdir(exist_ok=True)
    DATA.write_text(json.dumps([result.row() for result in found], indent=2))
    request.config.stash[_RESULTS] = found
    return found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The table, in the report of every run that made it."""
    if found := config.stash.get(_RESULTS, []):
        terminalreporter.section(f"command lines ({Path(DATA).relative_to(PROJECT)})")
        terminalreporter.write_line(table(found))
