"""The time of `launch adopt plan` against `pulumi preview`, for the same production and in the same run.

    python -m benchmarks.bench_adopt

Both run on today's production in a sandbox, in turn, and change nothing. The preview is that of a stack which is taking
over (`takingOver`): any other stack refuses existing resources before it has examined anything.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from contract.paths import PROJECT
from launch.local import variables
from launch.stack import SANDBOX, Stack, applied, find
from sandbox.base import Home

ROUNDS = 5
TARGET = 2.0
"""Maximum time of the plan, relative to the preview."""
_CONFIGURATION = {
    "prductr:takingOver": "true",
    "prductr:databaseHistorySeconds": "86400",
    "prductr:nodeVersion": "24.x",
    "prductr:userSecretsMasterKey": "c2FuZGJveC1vbmx5LW1hc3Rlci1rZXktMzItYnl0ZXM=",
}
"""The key is the scenario's, and nobody's secret."""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="prductr-bench-") as name:
        folder = Path(name)
        sandbox = {
            **os.environ,
            "LAUNCH_SANDBOX_HOME": str(folder / "sandbox"),
            "LAUNCH_SANDBOX_PORT_BASE": "auto",
            "LAUNCH_SANDBOX_SCENARIO": "production",
        }
        try:
            _timed([sys.executable, "-m", "launch", "sandbox", "start"], sandbox)
            environment = applied(variables(Home.load(folder / "sandbox"), find()))
            Stack(name=SANDBOX, environment=environment).create()
            settings = _settings(folder, environment)
            preview = ["pulumi", "preview", "--non-interactive", "--config-file", settings]
            plan = [sys.executable, "-m", "launch", "adopt", "plan", "--config-file", settings]
            seconds: dict[str, list[float]] = {"pulumi preview": [], "launch adopt plan": []}
            for _ in range(ROUNDS):
                seconds["pulumi preview"].append(_timed(preview, environment))
                seconds["launch adopt plan"].append(_timed(plan, environment))
        finally:
            _timed([sys.executable, "-m", "launch", "down"], sandbox)
    _print(seconds)


def _settings(folder: Path, environment: Mapping[str, str]) -> str:
    file = folder / "Pulumi.bench.yaml"
    file.write_text((PROJECT / "Pulumi.sandbox.yaml").read_text())
    for key, value in _CONFIGURATION.items():
        kind = "--secret" if key.endswith("Key") else "--plaintext"
        _timed(["pulumi", "config", "set", kind, key, value, "--config-file", str(file)], environment)
    return str(file)


def _timed(command: list[str], environment: Mapping[str, str]) -> float:
    """Return the seconds that the command takes. It must succeed, or the figure would mean something else."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds


def _print(seconds: Mapping[str, list[float]]) -> None:
    base = median(seconds["pulumi preview"])
    table = Table("of a production that is not adopted yet", "median s", "min s", "max s", "relative to the preview")
    for name, values in seconds.items():
        figures = (median(values), min(values), max(values), median(values) / base)
        table.add_row(name, *(f"{figure:.2f}" for figure in figures))
    console = Console()
    console.print(table)
    reached = median(seconds["launch adopt plan"]) / base
    console.print(f"target: at most {TARGET}: {reached:.2f}, {'met' if reached <= TARGET else 'MISSED'}")


if __name__ == "__main__":
    main()
