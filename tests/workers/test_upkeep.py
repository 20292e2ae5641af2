"""The Worker upkeep as Cloudflare runs it, on a real PostgreSQL. Prevents: statements that no database accepts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contract.paths import WORKERS
from sandbox.base.home import AUTO, Home
from sandbox.cloud.neon.compute import storage
from sandbox.state.store import Store
from tests.sandbox.cloud.neon.harness import SECTION, Neon, client
from tests.sandbox.cloud.neon.harness import running as neon_running
from tests.sandbox.edge.serving import Edge
from tests.sandbox.edge.serving import running as edge_running

FUNCTIONS = """
create table events (at timestamptz not null);
create table upkeep_jobs (job text primary key, removed bigint not null, succeeded_at timestamptz not null);
create function trim_analytics(retention interval, batch integer) returns bigint language sql as $$
    with gone as (
        delete from public.events where ctid in (
            select e.ctid from public.events e where e.at < clock_timestamp() - retention limit batch
        ) returning 1
    )
    select count(*) from gone
$$;
create function trim_rate_limits(batch integer) returns bigint language sql as 'select 7::bigint';
create function trim_file_locks(batch integer) returns bigint language sql as 'select 0::bigint';
create function record_upkeep(job text, removed bigint) returns void language sql as $$
    insert into public.upkeep_jobs values (record_upkeep.job, record_upkeep.removed, clock_timestamp())
    on conflict (job) do update set removed = excluded.removed, succeeded_at = excluded.succeeded_at
$$;
"""
"""Functions with the names and types from workers/README.md; those of sql/ have tests of their own."""


@pytest.fixture(scope="module")
def neon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neon]:
    home = Home.create(tmp_path_factory.mktemp("upkeep") / "neon", AUTO)
    try:
        with neon_running(home, SECTION) as context, client(context) as found:
            yield found
    finally:
        storage.remove(home.path)


@pytest.fixture(scope="module")
def address(neon: Neon) -> str:
    """The database, as its owner."""
    found = str(neon.project()["connection_uris"][0]["connection_uri"])
    _sql(neon, found, FUNCTIONS)
    return found


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    home = Home.create(tmp_path / "edge", AUTO)
    store = Store(home.store_path)
    try:
        with edge_running(home, store) as found:
            yield found
    finally:
        store.close()


def _sql(neon: Neon, address: str, text: str) -> list[tuple[Any, ...]]:
    with neon.connect(address) as connection:
        cursor = connection.execute(text.encode())
        return cursor.fetchall() if cursor.description else []


def run(edge: Edge, neon: Neon, address: str, **variables: str) -> str:
    """Return the outcome of one run by cron."""
    texts = {"VERSION": "0123456789ab", "SQL_ENDPOINT": f"http://127.0.0.1:{neon.context.home.ports.cloud}/neon/sql"}
    bindings = [{"type": "plain_text", "name": name, "text": text} for name, text in (texts | variables).items()]
    secret = {"type": "secret_text", "name": "DATABASE_URL", "text": address}
    code = (WORKERS / "upkeep" / "dist" / "index.js").read_text(encoding="utf-8")
    edge.clouds.zone()
    edge.clouds.worker("upkeep", code, None, (*bindings, secret))
    edge.clouds.trigger("upkeep", "17 * * * *")
    headers = {"authorization": f"Bearer {edge.home.credentials.admin_token}"}
    order = json.dumps({"script": "upkeep"}).encode()
    answer = edge.get("http://localhost/_sandbox/scheduled", "POST", order, headers)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["outcome"])


def test_rows_beyond_the_retention_are_removed_in_batches_and_each_job_is_recorded(
    edge: Edge, neon: Neon, address: str
) -> None:
    _sql(neon, address, "insert into events select now() - make_interval(days => n) from generate_series(1, 60) n")
    assert run(edge, neon, address, ANALYTICS_RETENTION_DAYS="31", BATCH_ROWS="10") == "ok"
    assert _sql(neon, address, "select count(*), min(at) > now() - interval '31 days' from events") == [(30, True)]
    recorded = _sql(
        neon, address, "select job, removed from upkeep_jobs where succeeded_at > now() - interval '1 minute'"
    )
    assert sorted(recorded) == [("analytics", 30), ("file_locks", 0), ("rate_limits", 7)]


def test_a_missing_function_fails_the_run_and_its_job_is_not_recorded(edge: Edge, neon: Neon, address: str) -> None:
    _sql(neon, address, "delete from upkeep_jobs; alter function trim_rate_limits(integer) rename to hidden")
    try:
        assert run(edge, neon, address) == "exception"
        assert sorted(_sql(neon, address, "select job from upkeep_jobs")) == [("analytics",), ("file_locks",)]
    finally:
        _sql(neon, address, "alter function hidden(integer) rename to trim_rate_limits")


def test_a_password_that_is_wrong_fails_the_run(edge: Edge, neon: Neon, address: str) -> None:
    _sql(neon, address, "delete from upkeep_jobs")
    password = str(psycopg.conninfo.conninfo_to_dict(address)["password"])
    assert run(edge, neon, address.replace(password, "wrong")) == "exception"
    assert _sql(neon, address, "select * from upkeep_jobs") == []
