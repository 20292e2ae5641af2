"""Times that a busy neighbour does not distort: a server's own CPU time, medians, alternating sides."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


def computed(connection: Connection) -> float:
    """Return CPU seconds of the connection's server process, or wall-clock time where Linux does not report them.

    On an idle machine both agree, if all data is in memory and no query runs in parallel.
    """
    schedule = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    if schedule.exists():
        return int(schedule.read_text().split()[0]) / 1e9
    return time.perf_counter()


def per_query(connection: Connection, text: str, seconds: float) -> float:
    """Return the CPU time of one prepared execution, averaged over at least `seconds`."""
    calls, started, before = 0, time.perf_counter(), computed(connection)
    while calls == 0 or time.perf_counter() - started < seconds:
        connection.execute(text.encode(), prepare=True).fetchall()
        calls += 1
    return (computed(connection) - before) / calls


def alternate(one: Callable[[], float], other: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Return the medians of two measurements that alternate, each going first every other time."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            later = other()
            pairs.append((one(), later))
        else:
            pairs.append((one(), other()))
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
