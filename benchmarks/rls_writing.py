"""Writing with the tenant key, its trigger and its composite keys, against today's tables."""

from __future__ import annotations

import secrets
import statistics
import time
from dataclasses import dataclass

import psycopg

from benchmarks.measure import Connection, alternate
from benchmarks.rls_data import PASSWORDS
from sandbox.postgres import Postgres

ROUNDS = 15


@dataclass(frozen=True)
class Write:
    """One statement; `%(k)s` is a fresh key, `%(i)s` counts, `%(n)s` is the number of rows."""

    name: str
    text: str
    rows: int
    target: float


WRITES = (
    Write("insert a task", "insert into tasks (id, project_id, title) values (%(k)s, 'large-p7', 'New')", 1, 1.3),
    Write(
        "insert an activity",
        "insert into task_activities (id, task_id, action) values (%(k)s, 'large-t' || (%(i)s * 37), 'made')",
        1,
        1.3,
    ),
    Write(
        "update a task",
        "update tasks set status = 'done', updated_at = now() where id = 'large-t' || %(i)s * 13",
        1,
        1.3,
    ),
    Write(
        "update an activity", "update task_activities set description = 'x' where id = 'large-a' || %(i)s * 13", 1, 1.3
    ),
    Write(
        "insert 1,000 tasks",
        "insert into tasks (id, project_id, title) "
        "select %(k)s || i, 'large-p' || (1 + i %% 100), 'New' from generate_series(1, %(n)s) i",
        1000,
        1.8,
    ),
    Write(
        "insert 1,000 activities",
        "insert into task_activities (id, task_id, action) "
        "select %(k)s || i, 'large-t' || (i * 37), 'made' from generate_series(1, %(n)s) i",
        1000,
        1.8,
    ),
)


def report(server: Postgres) -> None:
    """Print the time of each statement until its commit, as the client sees it."""
    today, ours = (psycopg.connect(server.uri(name), autocommit=True) for name in ("today", "secured"))
    app = psycopg.connect(server.uri("secured", "prductr_app", PASSWORDS["prductr_app"]), autocommit=True)
    for connection in (ours, app):  # every transaction of the application begins with this context
        connection.execute("select set_config('app.current_user_id', 'large-u1', false)")
        connection.execute("select set_config('app.current_org_id', 'large', false)")
    print("\nWriting, no organization named              today       with the key   ratio    target   and row security")
    for each in WRITES:
        before, after = alternate(lambda w=each: _seconds(today, w), lambda w=each: _seconds(ours, w), ROUNDS)  # type: ignore[misc]
        bound = statistics.median(_seconds(app, each) for _ in range(ROUNDS // 3))
        times = f"{before * 1000:9.3f} ms {after * 1000:11.3f} ms {after / before:7.2f}"
        print(f"  {each.name:<36} {times} {each.target:9.1f} {bound / before:12.2f}", flush=True)
    for connection in (today, ours, app):
        connection.close()


def _seconds(connection: Connection, write: Write) -> float:
    """Return the average seconds of one committed statement."""
    calls = 100 if write.rows == 1 else 4
    first = secrets.randbelow(50) * 500
    started = time.perf_counter()
    for number in range(first + 1, first + calls + 1):
        values = {"k": secrets.token_hex(12), "n": write.rows, "i": number}
        connection.execute(write.text.encode(), values, prepare=True)
    return (time.perf_counter() - started) / calls
