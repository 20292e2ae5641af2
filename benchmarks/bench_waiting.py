"""The commands that people wait for: a drift check, a plan without changes, a second `launch up`, and the status.

    python -m benchmarks.bench_waiting

Each pair takes turns on the same sandbox, so a busy neighbour slows both. The ratio compares medians.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.bench_preview import PEERS, _launched, _program, _timed
from contract.paths import PROJECT
from launch.local import variables
from launch.stack import applied, find

ROUNDS = 5
STATUS_SECONDS = 1.0
"""Maximum time of a status from recorded results."""
TARGETS = {
    "`launch drift` / `pulumi refresh --preview-only`": 1.5,
    "no-op `pulumi preview` / pulumi alone": 2.2,
    "`launch up` again / no-op `pulumi up` + `launch verify`": 1.5,
}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="prductr-bench-") as folder, _launched(Path(folder) / "sandbox") as home:
        environment = applied(variables(home, find()))
        environment = {**os.environ, **environment, "LAUNCH_LOOKS": str(Path(folder) / "looks")}
        alone = _program(Path(folder) / "alone", PEERS["pulumi alone"], environment)

        def pulumi(*words: str, place: Path = PROJECT, **more: str) -> Callable[[], float]:
            return lambda: _timed(["pulumi", *words, "--non-interactive"], place, {**environment, **more})

        def launch(*words: str) -> Callable[[], float]:
            return lambda: _timed([sys.executable, "-m", "launch", *words], PROJECT, environment)

        update, verify = pulumi("up", "--yes", "--skip-preview"), launch("verify")
        pairs: Mapping[str, tuple[Callable[[], float], Callable[[], float]]] = {
            "`launch drift` / `pulumi refresh --preview-only`": (launch("drift"), pulumi("refresh", "--preview-only")),
            "no-op `pulumi preview` / pulumi alone": (
                pulumi("preview", "--expect-no-changes"),
                pulumi("preview", "--expect-no-changes", place=alone, PULUMI_STACK="bench"),
            ),
            "`launch up` again / no-op `pulumi up` + `launch verify`": (launch("up"), lambda: update() + verify()),
        }
        table = Table("what / relative to what", "median s", "median s", "ratio", "target", "")
        for name, (one, other) in pairs.items():
            times = [(one(), other()) for _ in range(ROUNDS)]
            first, second = (median(each) for each in zip(*times, strict=True))
            verdict = "met" if first / second <= TARGETS[name] else "MISSED"
            table.add_row(
                name, f"{first:.2f}", f"{second:.2f}", f"{first / second:.2f}", f"{TARGETS[name]:.1f}", verdict
            )
        recorded = median(_status(environment) for _ in range(ROUNDS))
        table.add_row(
            "`launch status`, recorded",
            f"{recorded:.2f}",
            "",
            "",
            f"{STATUS_SECONDS:.1f} s",
            "met" if recorded <= STATUS_SECONDS else "MISSED",
        )
    Console().print(table)


def _status(environment: Mapping[str, str]) -> float:
    """Return the seconds of a status. Any verdict on the beads counts, since most of them do not apply to a sandbox."""
    code = "import subprocess, sys; sys.exit(subprocess.run(sys.argv[1:]).returncode not in (0, 1, 2))"
    return _timed([sys.executable, "-c", code, sys.executable, "-m", "launch", "status"], PROJECT, environment)


if __name__ == "__main__":
    main()
