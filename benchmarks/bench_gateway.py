"""The cost of the gateway with verification and rate limit, and whether 100,000 concurrent calls hit the limit exactly.

    python -m benchmarks.bench_gateway

The gateway and a pass-through Worker run in one instance of the Workers runtime, alternating, with the same upstream:
one that responds immediately, and one that takes 5 ms, a minimum for an upstream behind a network. The limiter's store
is in memory if the system has a folder for that, because the cost of a durable write is Cloudflare's, not that of this
machine's disk. The limiter's Durable Object then gets 100,000 calls, 10,000 for each of ten users: each user must be
admitted exactly as often as the limit allows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from contract.paths import PROJECT
from toolchain.node import environment, install, node

Document = dict[str, Any]

MEMORY = Path("/dev/shm")  # noqa: S108 - the runtime makes a folder of its own in it
SLOWEST = 1.5
"""Maximum p50 of the gateway, relative to the pass-through Worker."""
FEWEST = 0.7
"""Minimum calls a second of the gateway, relative to the pass-through Worker."""


def main() -> int:
    """Print both results. Return 1 if a target is missed behind the 5 ms upstream, or a user did not get the limit."""
    workers = PROJECT / "workers"
    install(workers)
    missed = _gateway(_measured(workers, "gateway"))
    return int(not _exact(_measured(workers, "limiter")) or missed)


def _measured(workers: Path, name: str) -> Document:
    """Return the JSON document that a script of workers/bench prints."""
    variables = environment() | ({"TMPDIR": str(MEMORY)} if MEMORY.is_dir() else {})
    command = [str(node()), f"bench/{name}.js"]
    done = subprocess.run(command, cwd=workers, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def _gateway(upstreams: Document) -> bool:
    table = Table("upstream", "Worker", "p50 ms", "p99 ms", "calls/s", "CPU ms", title="Gateway against pass-through")
    missed = False
    for milliseconds, found in upstreams.items():
        for name, measured in found.items():
            numbers = [f"{measured[key]:.2f}" for key in ("p50", "p99")]
            table.add_row(f"{milliseconds} ms", name, *numbers, f"{measured['rate']:.0f}", f"{measured['cpu']:.2f}")
        ours, theirs = found["gateway"], found["passthrough"]
        slower, fewer = ours["p50"] / theirs["p50"], ours["rate"] / theirs["rate"]
        table.add_row("", "ratio", f"{slower:.2f}", "", f"{fewer:.2f}", f"{ours['cpu'] / theirs['cpu']:.2f}")
        missed |= milliseconds == "5" and (slower > SLOWEST or fewer < FEWEST)
    Console().print(table)
    verdict = "missed" if missed else "met"
    print(f"Targets behind 5 ms: p50 at most {SLOWEST} times, calls at least {FEWEST} times: {verdict}")
    return missed


def _exact(found: Document) -> bool:
    least, most = found["admitted"]["least"], found["admitted"]["most"]
    print(
        f"Limiter: {found['calls']} calls at once of {found['users']} users, {found['rate']:.0f} a second;"
        f" each user was admitted {least} to {most} times of {found['limit']}; p99 of a call alone {found['p99']} ms"
    )
    return bool(least == most == found["limit"])


if __name__ == "__main__":
    sys.exit(main())
