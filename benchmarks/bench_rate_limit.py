"""B5: the rate limit in SQL against two common alternatives, and whether it ever admits too many calls.

    python -m benchmarks.bench_rate_limit

`naive` counts and then inserts, as applications do, in two unrelated statements. `advisory` is the form in Neon's
guide: a lock on a hash of the key, then a counter that restarts with each window. pgbench calls all forms in the same
way, over 16 connections on a server with durable commits: begin, the context, the form, commit. They take turns. A
figure is the median of its rounds, and a ratio compares two figures of one run.

`floor` is the minimum work of a limit in one function: read the user's row, and write it if the call is admitted. It
stores no calls and has no plans, windows or keys; no implementation that keeps the contract is faster.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from benchmarks.isolated import DATABASE, secured
from sandbox.postgres import Postgres
from sandbox.postgres.programs import installation

CONNECTIONS = 16
ROUNDS = 5
SECONDS = 3
USERS = (1, 10_000)
LIMIT = 100
EXACT_CALLS = 100_000
EXACT_USERS = 50

_PEERS = """
create table public.naive_calls (user_id text not null, at timestamptz not null);
create index on public.naive_calls (user_id, at);
create table public.guide_limits (key text primary key, calls integer not null, window_start timestamptz not null);
grant select, insert on public.naive_calls to prductr_app;

create function public.advisory() returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller constant text := public.current_user_id();
    used integer;
begin
    perform pg_advisory_xact_lock(hashtext(caller));
    insert into public.guide_limits as g values (caller, 1, now())
    on conflict (key) do update set
        calls = case when g.window_start + interval '1 day' <= now() then 1 else g.calls + 1 end,
        window_start = case when g.window_start + interval '1 day' <= now() then now() else g.window_start end
    returning g.calls into used;
    return used <= 100;
end $$;
grant execute on function public.advisory() to prductr_app;

create table public.floor_limits (user_id text primary key, calls integer not null);
create function public.floor() returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    caller constant text := public.current_user_id();
    used integer;
begin
    select f.calls into used from public.floor_limits f where f.user_id = caller;
    if used >= 100 then
        return false;
    end if;
    insert into public.floor_limits as f values (caller, 1) on conflict (user_id) do update set calls = f.calls + 1;
    return true;
end $$;
grant execute on function public.floor() to prductr_app;
"""
_TABLES = {
    "ours": "public.rate_limits",
    "naive": "public.naive_calls",
    "advisory": "public.guide_limits",
    "floor": "public.floor_limits",
}
_FORMS = {
    "ours": "select admitted from public.admit_call();",
    "naive": """select count(*) as used from public.naive_calls
    where user_id = (:u)::text and at > clock_timestamp() - interval '1 day' \\gset
\\if :used < 100
insert into public.naive_calls values ((:u)::text, clock_timestamp());
\\endif""",
    "advisory": "select public.advisory();",
    "floor": "select public.floor();",
}


@contextmanager
def prepared() -> Iterator[Postgres]:
    """Start the secured server with the alternatives installed."""
    with secured(()) as server:
        with psycopg.connect(server.uri(DATABASE), autocommit=True) as connection:
            connection.execute(_PEERS.encode())
        yield server


def rate(server: Postgres, form: str, users: int) -> float:
    """Return transactions per second of one form on an empty table, with users drawn at random."""
    with psycopg.connect(server.uri(DATABASE), autocommit=True) as connection:
        connection.execute(f"truncate {_TABLES[form]}".encode())
        connection.execute("checkpoint")
    script = f"\\set u random(1, {users})\nbegin;\nselect public.set_context((:u)::text);\n{_FORMS[form]}\nend;\n"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        words = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "2", "-T", str(SECONDS), "-f", file.name]
        place = ["-h", "127.0.0.1", "-p", str(server.port), "-U", "prductr_app", DATABASE]
        done = subprocess.run(
            [str(Path(installation()) / "bin" / "pgbench"), *words, *place],
            env=os.environ | {"PGPASSWORD": server.password},
            capture_output=True,
            text=True,
            check=False,
        )
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found or "number of failed transactions: 0" not in done.stdout:
        raise SystemExit(f"pgbench failed: {done.stderr or done.stdout}")
    return float(found[1])


def exact(url: str) -> tuple[int, int]:
    """Return how many of 100,000 concurrent calls were admitted beyond the users' limits, and how many too few.

    It counts the returned verdicts, not the stored calls.
    """
    admitted: list[Counter[int]] = []

    def work(place: int) -> None:
        own: Counter[int] = Counter()
        with psycopg.connect(url) as connection:
            for number in range(EXACT_CALLS // CONNECTIONS):
                user = (number + place) % EXACT_USERS
                connection.execute("select public.set_context(%s)", (f"exact-{user}",), prepare=True)
                row = connection.execute("select admitted from public.admit_call()", prepare=True).fetchone()
                connection.commit()
                own[user] += bool(row and row[0])
        admitted.append(own)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(CONNECTIONS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    if len(admitted) != CONNECTIONS:
        raise SystemExit("not every connection finished")
    total = sum(admitted, Counter[int]())
    numbers = [total[user] for user in range(EXACT_USERS)]
    return sum(max(0, number - LIMIT) for number in numbers), sum(max(0, LIMIT - number) for number in numbers)


def main() -> None:
    """Print the tables."""
    print("B5: the rate limit in SQL; four forms take turns", flush=True)
    with prepared() as server:
        print(
            f"{'calls a second':<16}{'ours':>9}{'naive':>9}{'advisory':>10}{'floor':>9}"
            f"{'of naive':>10}{'of advisory':>13}{'of floor':>10}"
        )
        for users in USERS:
            measured: dict[str, list[float]] = {form: [] for form in _FORMS}
            for number in range(ROUNDS):
                forms = list(_FORMS)
                for form in forms[number % len(forms) :] + forms[: number % len(forms)]:
                    measured[form].append(rate(server, form, users))
            ours, naive, advisory, floor = (statistics.median(measured[form]) for form in _FORMS)
            print(
                f"{f'{users:,} users':<16}{ours:>9,.0f}{naive:>9,.0f}{advisory:>10,.0f}{floor:>9,.0f}"
                f"{ours / naive:>10.2f}{ours / advisory:>13.2f}{ours / floor:>10.2f}",
                flush=True,
            )
            print(f"{'  of it, the floor':<42}{floor / naive:>19.2f}{floor / advisory:>13.2f}", flush=True)
        print("targets: at least 1.0 of naive, 1.3 of advisory", flush=True)
        over, under = exact(server.uri(DATABASE, "prductr_app"))
        print(f"of {EXACT_CALLS:,} calls at once by {EXACT_USERS} users, {over} too many and {under} too few passed")


if __name__ == "__main__":
    main()
