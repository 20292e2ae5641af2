"""The start of a twin, against that of an empty sandbox.

    python -m benchmarks.bench_twin

The twin mirrors the scenario `production`, with invented rows. Both start in turn, from nothing to ready. The ratio
compares medians.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from launch.local import pg_dump
from launch.mirror import Rows, Subject, mirror
from sandbox.base import Home
from sandbox.processes import lifecycle
from vendors import Access

ROUNDS = 5
TARGET = 2.0
"""Maximum time of the twin's start, relative to the empty sandbox's."""
_SUBJECT = Subject(domain="prductr.com", organization="org-quiet-harbor-40217733", database="prductr")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="prductr-bench-", dir="/var/tmp") as folder:
        place = Path(folder)
        place.chmod(0o755)
        with _started(place / "production", "production") as home:
            began = time.perf_counter()
            mirror(
                _access(home),
                _SUBJECT,
                place / "twin",
                pg_dump=pg_dump(),
                rows=Rows.SYNTHETIC,
                environment={"PGHOSTADDR": "127.0.0.1", "PGPORT": str(home.ports.postgres)},
            )
            mirrored = time.perf_counter() - began
        seconds: dict[str, list[float]] = {"empty": [], str(place / "twin"): []}
        for number in range(ROUNDS):
            for scenario, found in seconds.items():
                began = time.perf_counter()
                with _started(place / f"{Path(scenario).name}-{number}", scenario):
                    found.append(time.perf_counter() - began)
        _print(mirrored, *seconds.values())


def _print(mirrored: float, empty: list[float], twin: list[float]) -> None:
    table = Table("what", "median s", "least s", "ratio")
    for name, found in (("empty sandbox", empty), ("twin of production", twin)):
        table.add_row(name, f"{median(found):.2f}", f"{min(found):.2f}", f"{median(found) / median(empty):.2f}")
    console = Console()
    console.print(table)
    console.print(f"The mirror took {mirrored:.2f} s. Target of the ratio: {TARGET}.")


@contextmanager
def _started(path: Path, scenario: str) -> Iterator[Home]:
    os.environ |= {"LAUNCH_SANDBOX_SCENARIO": scenario, "LAUNCH_SANDBOX_PORT_BASE": "auto"}
    try:
        yield lifecycle.start(path, report=lambda _: None)
    finally:
        lifecycle.stop(path, report=lambda _: None)


def _access(home: Home) -> Access:
    own, url = home.credentials, f"http://127.0.0.1:{home.ports.cloud}"
    return Access(
        cloudflare_url=f"{url}/client/v4",
        cloudflare_token=own.cloudflare_api_token,
        vercel_url=f"{url}/vercel",
        vercel_token=own.vercel_api_token,
        vercel_team="hhnn",
        neon_url=f"{url}/neon/api/v2",
        neon_key=own.neon_api_key,
    )


if __name__ == "__main__":
    main()
