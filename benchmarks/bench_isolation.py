"""B6: proving isolation and reading its facts, against `pgrls lint` on the same schema in the same run.

    python -m benchmarks.bench_isolation

The time of the probe includes its connection, that of pgrls the start of its command. Reading the fingerprint is timed
on this project's schema and with 250, 500 and 1,000 more tables of four policies each.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from benchmarks.isolated import DATABASE, secured
from benchmarks.measure import alternate
from database.isolation import probe
from database.row_security.facts import facts
from sandbox.postgres import Postgres

ROUNDS = 9
SIZES = (250, 500, 1000)


def seconds(measure: Callable[[], object]) -> float:
    """Return the seconds of one run."""
    started = time.perf_counter()
    measure()
    return time.perf_counter() - started


def median(measure: Callable[[], object]) -> float:
    """Return the median seconds of several runs."""
    return statistics.median(seconds(measure) for _ in range(ROUNDS))


def main() -> None:
    """Print the figures."""
    with secured() as server:
        application, owner = server.uri(DATABASE, "prductr_app"), server.uri(DATABASE)
        pgrls = [str(Path(sys.executable).with_name("pgrls")), "lint"]
        environment = {**os.environ, "DATABASE_URL": owner}
        report = probe(application)
        if not report.isolated:
            raise AssertionError("; ".join(map(str, report.crossings)))

        def lint() -> None:
            subprocess.run(pgrls, env=environment, stdout=subprocess.DEVNULL, check=False)

        probing, linting = alternate(lambda: seconds(lambda: probe(application)), lambda: seconds(lint), ROUNDS)
        print(
            f"B6: a full probe ({report.examined['statements']} statements) {probing:.3f} s, pgrls lint {linting:.3f} s"
        )
        print(f"  ratio {probing / linting:.2f} (target 0.30)")
        _fingerprints(server)


def _fingerprints(server: Postgres) -> None:
    previous = 0
    with psycopg.connect(server.uri(DATABASE), autocommit=True) as connection:
        print(f"  fingerprint of our 15 tables: {median(lambda: facts.read(connection).fingerprint):.3f} s")
        for size in SIZES:
            for number in range(previous, size):
                _table(connection, f"many_{number}")
            previous = size
            spent = median(lambda: facts.read(connection).fingerprint)
            policies = facts.read(connection).summary()["policies"]
            print(f"  and of {size:>5} more, {policies:>5} policies: {spent:.3f} s (target for 1,000: 1)")


def _table(connection: psycopg.Connection[object], name: str) -> None:
    own = "(organization_id = (select public.current_org_id()))"
    statements = [f"create table public.{name} (id text primary key, organization_id text not null)"]
    statements += [f"alter table public.{name} {verb} row level security" for verb in ("enable", "force")]
    statements += [f"grant select, insert, update, delete on public.{name} to prductr_app"]
    for command in ("select", "insert", "update", "delete"):
        using = "" if command == "insert" else f" using {own}"
        check = f" with check {own}" if command in {"insert", "update"} else ""
        statements.append(
            f"create policy {name}_{command} on public.{name} for {command} "
            f"to prductr_app, prductr_service{using}{check}"
        )
    connection.execute("; ".join(statements).encode())


if __name__ == "__main__":
    main()
