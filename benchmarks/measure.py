"""Times that a busy neighbour does not spoil: a server's own CPU time, medians, alternating sides."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


def computed(connection: Connection) -> float:
    """CPU seconds of the connection's server process, or the time of day where Linux does not report them.

    On an idle machine both agree, if all data is in memory and no query runs in parallel.
    """
    schedule = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    if schedule.exists():
        return int(schedule.read_text().split()[0]) / 1e9
    return time.perf_counter()


def per_query(connection: Connection, text: str, seconds: float) -> float:
    """CPU time of one prepared execution, averaged over at least `seconds`."""
    calls, started, before = 0, time.perf_counter(), computed(connection)
    while calls == 0 or time.perf_counter() - started < seconds:
        connection.execute(text.encode(), prepare=True).fetchall()
        calls += 1
    return (computed(connection) - before) / calls


def alternate(one: Callable[[], float], other: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Medians of two alternating measurements, first the one and then the other."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            later = other()
            pairs.append((one(), later))
        else:
            pairs.append((one(), other()))
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
