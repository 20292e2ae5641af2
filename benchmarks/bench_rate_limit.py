"""B5: the rate limit in SQL against two forms that are found everywhere, and whether it ever admits a call too many.

    python -m benchmarks.bench_rate_limit

`naive` counts and then inserts: two statements that nothing holds together. `advisory` is the form of Neon's guide: a
lock on a hash of the key, then a counter for each window. Both are functions with the same rights, identity and limit
as ours, on a server with durable commits, and each call is a transaction of one of 16 connections as the application
makes it: the context, then the call. The forms take turns, and a ratio is of medians of one run.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from benchmarks.isolated import DATABASE, secured
from sandbox.postgres import Postgres

CONNECTIONS = 16
ROUNDS = 5
SECONDS = 3.0
KEYS = 10_000
LIMIT = 100
EXACT_CALLS = 100_000
EXACT_KEYS = 50

_PEERS = """
create table public.naive_calls (user_id text not null, at timestamptz not null);
create index on public.naive_calls (user_id, at);
create table public.guide_limits (
    key text not null, period timestamptz not null, calls integer not null, primary key (key, period)
);

create function public.naive() returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare caller constant text := public.current_user_id(); used bigint;
begin
    select count(*) into used from public.naive_calls c
    where c.user_id = caller and c.at > clock_timestamp() - interval '1 day';
    if used >= 100 then return false; end if;
    insert into public.naive_calls values (caller, clock_timestamp());
    return true;
end $$;

create function public.advisory() returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller constant text := public.current_user_id();
    today constant timestamptz := date_trunc('day', now());
    used integer;
begin
    perform pg_advisory_xact_lock(hashtext(caller));
    insert into public.guide_limits as g values (caller, today, 1)
    on conflict (key, period) do update set calls = g.calls + 1
    returning g.calls into used;
    return used <= 100;
end $$;

grant execute on function public.naive(), public.advisory() to prductr_app;
"""
_FORMS = {"ours": "public.rate_limits", "naive": "public.naive_calls", "advisory": "public.guide_limits"}
"""Each form and its table."""
_CALLS = {
    "ours": "select admitted from public.admit_call()",
    "naive": "select public.naive()",
    "advisory": "select public.advisory()",
}


@dataclass
class Run:
    """What some connections did."""

    calls: int
    seconds: float
    admitted: dict[str, int] = field(default_factory=dict)
    """Admitted calls by user."""

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds


def call(url: str, form: str, users: Callable[[int, int], str], stop: Callable[[int], bool]) -> Run:
    """Calls of `CONNECTIONS` connections at once: `users(connection, number)` names who, `stop(number)` ends each."""
    runs: list[dict[str, int]] = []
    counts = [0] * CONNECTIONS
    ready = threading.Barrier(CONNECTIONS + 1)

    def work(place: int) -> None:
        admitted: dict[str, int] = {}
        with psycopg.connect(url) as connection:
            ready.wait()
            while not stop(counts[place]):
                user = users(place, counts[place])
                with connection.pipeline():
                    connection.execute("select public.set_context(%s)", (user,), prepare=True)
                    cursor = connection.execute(_CALLS[form].encode(), prepare=True)
                    connection.commit()
                row = cursor.fetchone()
                counts[place] += 1
                if row and row[0]:
                    admitted[user] = admitted.get(user, 0) + 1
        runs.append(admitted)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(CONNECTIONS)]
    for each in threads:
        each.start()
    ready.wait()
    started = time.perf_counter()
    for each in threads:
        each.join()
    took = time.perf_counter() - started
    total: dict[str, int] = {}
    for admitted in runs:
        for user, number in admitted.items():
            total[user] = total.get(user, 0) + number
    return Run(sum(counts), took, total)


def _after(seconds: float) -> Callable[[int], bool]:
    end = time.perf_counter() + seconds
    return lambda _number: time.perf_counter() > end


def rates(url: str, owner: str, users: Callable[[int, int], str]) -> dict[str, float]:
    """Calls a second of each form, medians over rounds in which the forms take turns from an empty table."""
    measured: dict[str, list[float]] = {form: [] for form in _FORMS}
    for number in range(ROUNDS):
        order = list(_FORMS)[number % 3 :] + list(_FORMS)[: number % 3]
        for form in order:
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute(f"truncate {_FORMS[form]}".encode())
                connection.execute("checkpoint")
            measured[form].append(call(url, form, users, _after(SECONDS)).rate)
    return {form: statistics.median(values) for form, values in measured.items()}


@contextmanager
def prepared() -> Iterator[tuple[Postgres, str, str]]:
    """The server, and the URLs of the application and of the superuser."""
    with secured(()) as server:
        owner = server.uri(DATABASE)
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(_PEERS.encode())
        yield server, server.uri(DATABASE, "prductr_app"), owner


def exact(url: str, form: str) -> tuple[int, int]:
    """How many calls beyond the limit were admitted, and how many too few, of 100,000 at once on few keys."""
    each = EXACT_CALLS // CONNECTIONS

    def user(place: int, number: int) -> str:
        return f"exact-{(number + place) % EXACT_KEYS}"

    found = call(url, form, user, lambda number: number >= each)
    assert found.calls == EXACT_CALLS
    numbers = [found.admitted.get(f"exact-{key}", 0) for key in range(EXACT_KEYS)]
    return sum(max(0, number - LIMIT) for number in numbers), sum(max(0, LIMIT - number) for number in numbers)


def main() -> None:
    """Print the tables."""
    print("B5: the rate limit in SQL; three forms take turns", flush=True)
    with prepared() as (_, url, owner):
        shapes = {
            "one user": lambda _place, _number: "hot",
            f"{KEYS:,} users": lambda place, number: f"user-{(number * CONNECTIONS + place) % KEYS}",
        }
        print(f"{'calls a second':<16}{'ours':>9}{'naive':>9}{'advisory':>10}{'of naive':>10}{'of advisory':>13}")
        for name, users in shapes.items():
            found = rates(url, owner, users)
            ours, naive, advisory = (found[form] for form in ("ours", "naive", "advisory"))
            print(
                f"{name:<16}{ours:>9,.0f}{naive:>9,.0f}{advisory:>10,.0f}{ours / naive:>10.2f}{ours / advisory:>13.2f}",
                flush=True,
            )
        print("targets: at least 1.0 of naive, 1.3 of advisory")
        for form in ("ours", "naive"):
            over, under = exact(url, form)
            print(
                f"{form}: of {EXACT_CALLS:,} calls at once on {EXACT_KEYS} users, {over} too many and {under} too few"
            )


if __name__ == "__main__":
    main()
