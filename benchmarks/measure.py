"""Times that a busy neighbour does not spoil: a server's own computing time, medians, sides that take turns."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


def computed(connection: Connection) -> float:
    """Seconds that the connection's server process has computed, or the time of day where Linux does not tell.

    When all data is in memory and no query runs in parallel, an idle machine's clock says the same.
    """
    schedule = Path(f"/proc/{connection.info.backend_pid}/schedstat")
    if schedule.exists():
        return int(schedule.read_text().split()[0]) / 1e9
    return time.perf_counter()


def per_query(connection: Connection, text: str, seconds: float) -> float:
    """Computing time of one prepared execution, on average over at least `seconds`."""
    calls, started, before = 0, time.perf_counter(), computed(connection)
    while calls == 0 or time.perf_counter() - started < seconds:
        connection.execute(text.encode(), prepare=True).fetchall()
        calls += 1
    return (computed(connection) - before) / calls


def alternate(one: Callable[[], float], other: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Medians of two measures that take turns, first the one and then the other."""
    pairs = []
    for number in range(rounds):
        if number % 2:
            later = other()
            pairs.append((one(), later))
        else:
            pairs.append((one(), other()))
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)
