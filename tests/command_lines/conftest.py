"""The vendors' command lines, from their published packages, on a sandbox of their own; three tours side by side."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.command_lines import neon_tour, vercel_tour, wrangler_tour
from tests.command_lines.touring import DATA, HERE, Result
from tests.drivers.vendors import running
from toolchain import node

TOURS = (neon_tour.TOUR, vercel_tour.TOUR, wrangler_tour.TOUR)


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """The result of each command of the three tours; the report of the run shows them in a table."""
    node.install(HERE)
    folder = tmp_path_factory.mktemp("command-lines")
    with running(folder / "home") as clients, ThreadPoolExecutor(len(TOURS)) as pool:
        runs = [pool.submit(tour.run, clients.environment, folder / tour.program) for tour in TOURS]
        found = [result for run in runs for result in run.result()]
    DATA.parent.mkdir(exist_ok=True)
    DATA.write_text(json.dumps([result.row() for result in found], indent=2))
    return found
