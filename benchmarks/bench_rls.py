"""B1: the cost of row security for a reader, and of the tenant key for a writer; B2: the gain over common tutorials.

    python -m benchmarks.bench_rls

Reading: each query as the application, under row security and without naming its organization, against the same query
as the owner (which bypasses row security) with an explicit filter, on the same tables and indexes; for a tenant of
1,000,000 rows and for one of 10,000. Times are CPU times of the server process; no query runs in parallel, so one core
is compared with one core. Writing: the migrated tables, with the tenant key's trigger, composite keys and indexes,
against today's tables with the one index that any application has, committed durably.
"""

from __future__ import annotations

import psycopg

from benchmarks import rls_data, rls_reading, rls_tutorial, rls_writing
from sandbox.postgres import scratch_server

_SETTINGS = (
    ("shared_buffers", "1GB"),
    ("max_wal_size", "8GB"),
    ("work_mem", "64MB"),
    ("jit", "off"),
    ("autovacuum", "off"),
    ("max_parallel_workers_per_gather", "0"),
)


def main() -> None:
    """Fill three databases and print the tables."""
    with scratch_server(_SETTINGS) as server:
        with psycopg.connect(server.uri(), autocommit=True) as connection:
            for name in ("secured", "today", "tutorial"):
                connection.execute(f"create database {name}".encode())
        print("B1: row security against explicit filters; filling three databases takes two minutes", flush=True)
        rls_data.secured(server.uri("secured"))
        rls_data.todays(server.uri("today"))
        rls_tutorial.fill(server.uri("tutorial"))
        for tenant in (rls_data.LARGE, rls_data.SMALL):
            rls_reading.report(server, tenant)
        rls_writing.report(server)
        rls_tutorial.report(server)


if __name__ == "__main__":
    main()
