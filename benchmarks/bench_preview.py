"""B4: a preview without changes of the whole stack, against programs that declare nothing; and a second `launch up`.

    python -m benchmarks.bench_preview

The peers run on the same engine, backend and attached providers, alternating with the stack: a program that imports the
same SDKs in the documented way, one that imports them as this stack does, and one that imports Pulumi alone. The ratio
compares medians.
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

ROUNDS = 5
TARGET = 1.35
"""Maximum time of the whole stack, relative to an empty program with the same imports."""

_PLAIN = "import pulumi\nimport pulumi_cloudflare\nimport pulumi_random\nimport pulumiverse_vercel\n"
_OURS = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
import components
import pulumi_cloudflare as cloudflare, pulumi_random as random, pulumiverse_vercel as vercel
cloudflare.DnsRecord, cloudflare.Ruleset, cloudflare.WebAnalyticsSite, cloudflare.WorkersCustomDomain
cloudflare.WorkersScript, cloudflare.ZoneSetting, cloudflare.get_zone_output, random.RandomPassword
vercel.Deployment, vercel.Project, vercel.ProjectDomain, vercel.ProjectEnvironmentVariable
"""
PEERS = {
    "the same SDKs, plainly imported": _PLAIN,
    "the same SDKs, imported as ours": _OURS,
    "pulumi alone": "import pulumi\n",
}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="prductr-bench-") as folder, _launched(Path(folder) / "sandbox") as home:
        environment = applied(variables(home, find()))
        programs = {
            name: _program(Path(folder) / f"peer-{i}", text, environment)
            for i, (name, text) in enumerate(PEERS.items())
        }
        seconds: dict[str, list[float]] = {name: [] for name in ("the whole stack", *programs)}
        for _ in range(ROUNDS):
            seconds["the whole stack"].append(_preview(PROJECT, environment))
            for name, program in programs.items():
                seconds[name].append(_preview(program, {**environment, "PULUMI_STACK": "bench"}))
        again = [_timed([sys.executable, "-m", "launch", "up"], PROJECT, environment) for _ in range(3)]
    _print(seconds, again)


@contextmanager
def _launched(folder: Path) -> Iterator[Home]:
    environment = {**os.environ, "LAUNCH_SANDBOX_HOME": str(folder), "LAUNCH_SANDBOX_PORT_BASE": "auto"}
    try:
        _timed([sys.executable, "-m", "launch", "up"], PROJECT, environment)
        yield Home.load(folder)
    finally:
        _timed([sys.executable, "-m", "launch", "down"], PROJECT, environment)


def _program(folder: Path, text: str, environment: Mapping[str, str]) -> Path:
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(f"name: {folder.name}\nruntime: python\n")
    (folder / "__main__.py").write_text(text)
    _timed(["pulumi", "stack", "init", "bench", "--non-interactive"], folder, environment)
    _timed(["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", "bench"], folder, environment)
    return folder


def _preview(folder: Path, environment: Mapping[str, str]) -> float:
    return _timed(["pulumi", "preview", "--expect-no-changes", "--non-interactive"], folder, environment)


def _timed(command: list[str], folder: Path, environment: Mapping[str, str]) -> float:
    """Return the seconds that the command takes. It must succeed, or the figure would mean something else."""
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return seconds


def _print(seconds: Mapping[str, list[float]], again: list[float]) -> None:
    whole = median(seconds["the whole stack"])
    table = Table("preview without changes", "median s", "min s", "max s", "the stack relative to it")
    for name, values in seconds.items():
        ratio = f"{whole / median(values):.2f}"
        table.add_row(name, f"{median(values):.2f}", f"{min(values):.2f}", f"{max(values):.2f}", ratio)
    console = Console()
    console.print(table)
    reached = whole / median(seconds["the same SDKs, plainly imported"])
    verdict = "met" if reached <= TARGET else "MISSED"
    console.print(f"target: at most {TARGET} of an empty program with the same imports: {reached:.2f}, {verdict}")
    console.print(f"`launch up`, nothing to change: median {median(again):.1f} s of {len(again)}")


if __name__ == "__main__":
    main()
