"""Upkeep: each of its jobs has succeeded recently, according to the database's own records."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg

from database.postgres import DatabaseError, connect
from launch.report import RUN, FailedError, UncheckedError

JOBS = ("analytics", "file_locks", "rate_limits")
"""Each job records its own success; see workers/README.md."""
PATIENCE = timedelta(hours=3)
"""Maximum age of the last success. Upkeep runs every hour, and a single failed run is not an alarm."""
_CONNECTING_SECONDS = 10.0
_LOG = "Read the log of the Worker upkeep at Cloudflare; the usual cause is an unreachable database."


async def has_run(url: str, since: str) -> str:
    """Check that each job has succeeded within PATIENCE. `since` is when its trigger was created, in ISO 8601."""

    def query() -> dict[str, datetime]:
        with connect(url, application_name="launch verify", patience=_CONNECTING_SECONDS) as connection:
            rows = connection.execute("select job, succeeded_at from public.last_upkeep()").fetchall()
        return {str(job): succeeded_at for job, succeeded_at in rows}

    try:
        last = await asyncio.to_thread(query)
    except DatabaseError as error:
        raise UncheckedError(error.what, error.remedy) from None
    except psycopg.Error as error:
        what = f"the database does not report it ({error.sqlstate or type(error).__name__})"
        raise UncheckedError(what, f"{RUN}, which installs the functions that upkeep needs.") from None
    return judged(last, since, datetime.now(UTC))


def judged(last: dict[str, datetime], since: str, now: datetime) -> str:
    """Return the meaning of each job's last success at the time `now`. Raises NotPassedError."""
    missing = [job for job in JOBS if job not in last]
    declared = datetime.fromisoformat(since) if since else None
    if missing and declared and now - declared < PATIENCE:
        due = f"its trigger was created {_ago(now - declared)} ago"
        raise UncheckedError(f"{' and '.join(missing)}: not run yet; {due}", "Verify again in an hour.")
    if missing:
        raise FailedError(f"{' and '.join(missing)}: never succeeded", _LOG)
    late = [f"{job} {_ago(now - last[job])} ago" for job in JOBS if now - last[job] > PATIENCE]
    if late:
        raise FailedError(f"the last success is too long ago: {', '.join(late)}", _LOG)
    return f"{len(JOBS)} jobs, the oldest success {_ago(now - min(last[job] for job in JOBS))} ago"


def _ago(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
