"""`launch preview`, which creates a pull request's comment, against plain `pulumi preview` of the same change.

    python -m benchmarks.bench_preview_comment

Both take turns on one launched sandbox. The ratio compares medians.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from contract.paths import PROJECT
from launch.local import variables
from launch.stack import applied, find
from sandbox.base import Home

ROUNDS = 7
TARGET = 1.2
"""Maximum time of `launch preview`, relative to `pulumi preview`."""
PLAIN = ("pulumi", "preview", "--non-interactive")
OURS = (sys.executable, "-m", "launch", "preview", "--markdown")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="prductr-bench-") as folder, launched(Path(folder) / "sandbox") as home:
        environment = applied(variables(home, find()))
        seconds: dict[str, list[float]] = {"pulumi preview": [], "launch preview": []}
        for number in range(ROUNDS):
            sides = [("pulumi preview", PLAIN), ("launch preview", OURS)]
            for name, command in sides if number % 2 else reversed(sides):
                seconds[name].append(timed(command, environment))
    table = Table("preview without changes", "median s", "min s", "max s")
    for name, each in seconds.items():
        table.add_row(name, *(f"{value:.2f}" for value in (median(each), min(each), max(each))))
    console = Console()
    console.print(table)
    ratio = median(seconds["launch preview"]) / median(seconds["pulumi preview"])
    console.print(f"target: at most {TARGET}: {ratio:.2f}, {'met' if ratio <= TARGET else 'MISSED'}")


@contextmanager
def launched(folder: Path) -> Iterator[Home]:
    """Start a sandbox with the launch in it, and stop it at the end."""
    environment = {**os.environ, "LAUNCH_SANDBOX_HOME": str(folder), "LAUNCH_SANDBOX_PORT_BASE": "auto"}
    try:
        timed((sys.executable, "-m", "launch", "up"), environment)
        yield Home.load(folder)
    finally:
        timed((sys.executable, "-m", "launch", "down"), environment)


def timed(command: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """Return the seconds that the command takes. It must succeed, or the figure would mean something else."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds


if __name__ == "__main__":
    main()
