"""The rate limit's contract, and a runner of its cases against the home in the database."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.database.conftest import Database

CONTRACT = json.loads(Path("contract/rate_limit.json").read_text())
CASES: dict[str, list[dict[str, Any]]] = {case["id"]: case["steps"] for case in CONTRACT["cases"]["table"]}
FIELDS = tuple(CONTRACT["decision"]["fields"])
CONNECTIONS = 32

Decision = dict[str, Any]


@dataclass
class Home:
    """The limiter of one database, whose stored calls the test moves instead of its clock.

    No time passes between two steps: the test's own duration is added to every stored call.
    """

    database: Database
    isolation: psycopg.IsolationLevel = psycopg.IsolationLevel.READ_COMMITTED
    retried: int = 0
    """How often PostgreSQL refused a transaction that conflicted with another one."""
    _mark: float = field(default_factory=time.perf_counter)

    def take(self, user: str, key: str | None = None) -> Decision:
        """Make one call over a connection of its own."""
        with self.connection() as connection:
            return self._take(connection, user, key)

    def take_all(self, user: str, key: str | None, times: int, *, concurrent: bool) -> list[Decision]:
        """Return the results of several calls: one after the other, or over many connections at once."""
        share = min(CONNECTIONS, times) if concurrent else 1
        together = threading.Barrier(share)

        def work(number: int) -> list[Decision]:
            with self.connection() as connection:
                first = self._take(connection, user, key, together)
                return [first, *(self._take(connection, user, key) for _ in range(number + share, times, share))]

        with ThreadPoolExecutor(share) as pool:
            decisions = [decision for answers in pool.map(work, range(share)) for decision in answers]
        self._mark = time.perf_counter()
        return decisions

    def configure(self, limit: int, window_seconds: int) -> None:
        """Set the limit of the default plan."""
        self.database.execute(
            f"update public.rate_limit_plans set calls = {limit}, window_seconds = {window_seconds} where is_default"
        )

    def stored(self, user: str) -> int:
        """Return the number of stored calls of a user."""
        with psycopg.connect(self.database.owner) as connection:
            row = connection.execute(
                "select cardinality(calls) from public.rate_limits where user_id = %s", (user,)
            ).fetchone()
        return int(row[0]) if row else 0

    def clean(self) -> int:
        """Remove all expired entries."""
        with psycopg.connect(self.database.service, autocommit=True) as connection:
            row = connection.execute("select public.trim_rate_limits(1000)").fetchone()
        assert row is not None
        return int(row[0])

    def travel(self, seconds: float = 0) -> None:
        """Let that much time pass, without the test's own time since the last call."""
        now = time.perf_counter()
        seconds -= now - self._mark
        self._mark = now
        self.database.execute(
            "update public.rate_limits r set calls = array(select c.at - make_interval(secs => "
            f"{seconds}) from unnest(r.calls) with ordinality c (at, n) order by c.n) where r.calls <> '{{}}'"
        )

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """Connect as the application."""
        with psycopg.connect(self.database.app, row_factory=dict_row) as connection:
            connection.isolation_level = self.isolation
            yield connection

    def _take(
        self, connection: psycopg.Connection[Any], user: str, key: str | None, together: threading.Barrier | None = None
    ) -> Decision:
        """Make one call. With a barrier all have begun, and have their snapshots, before any is decided."""
        while True:
            try:
                with connection.transaction():
                    connection.execute("select public.set_context(%s)", (user,))
                    if together is not None:
                        waiting, together = together, None
                        waiting.wait(60)
                    row = connection.execute("select * from public.admit_call(%s)", (key,)).fetchone()
            except (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected):
                self.retried += 1  # nothing was done: the transaction is retried, like any other
                continue
            assert row is not None
            return dict(row)


def run(home: Home, steps: list[dict[str, Any]], prefix: str) -> list[list[Decision]]:
    """Run a case's steps and compare each result with the expected one. Return the decisions of each step of calls."""
    answers: list[list[Decision]] = []
    for number, step in enumerate(steps):
        where = f"step {number}: {json.dumps(step)}"
        started = time.perf_counter()  # before the entries are moved: they age from that moment on
        home.travel(step.get("pass", 0))
        if "configure" in step:
            home.configure(**step["configure"])
        elif "clean" in step:
            home.clean()
        elif "stored" in step:
            user = f"{prefix}-{step['stored'].get('user', 'a')}"
            assert home.stored(user) == step["stored"]["entries"], where
        elif "call" in step:
            call = step["call"]
            answers.append(
                home.take_all(
                    f"{prefix}-{call.get('user', 'a')}",
                    call.get("key"),
                    call.get("times", 1),
                    concurrent=call.get("concurrent", False),
                )
            )
            hold(answers[-1], step.get("expect", {}), time.perf_counter() - started, where)
        else:
            assert set(step) == {"pass"}, where
    return answers


def hold(decisions: list[Decision], expected: Decision, took: float, where: str) -> None:
    """Assert that each decision has the contract's fields and is valid, and that the last one is as expected."""
    for decision in decisions:
        assert tuple(decision) == FIELDS, where
        assert 0 <= decision["remaining"] <= decision["limit"], where
        assert 1 <= decision["reset_seconds"] <= decision["window_seconds"], where
        assert decision["admitted"] or not decision["counted"], where
    checks: dict[str, Callable[[Any], bool]] = {
        "admitted_calls": lambda value: sum(each["admitted"] for each in decisions) == value,
        "reset_seconds": lambda value: value - math.floor(took) <= decisions[-1]["reset_seconds"] <= value,
    }
    for name, value in expected.items():
        same = checks.get(name, lambda value, name=name: decisions[-1][name] == value)
        assert same(value), f"{where}: {name} of {decisions[-1]}"
