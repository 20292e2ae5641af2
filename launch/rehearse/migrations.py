"""The effects of each migration of a change, from the ledger and from the looks at the locks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from launch.rehearse.load import Look

_LEDGER = """
select name, status, started_at, coalesce(finished_at, clock_timestamp()) from launch.schema_migrations
where started_at >= %s order by sequence
"""


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One file that was run."""

    name: str
    status: str
    """applied, or started if it did not finish."""
    seconds: float
    began: float
    """Seconds since the change began."""
    locks: tuple[str, ...]
    """TABLE MODE of the locks seen while it ran; locks that are shorter than a look may be missing."""
    blocked: int
    """The largest number of sessions that waited for it at the same time."""


def between(connection: psycopg.Connection[tuple[Any, ...]], begin: datetime, looks: Sequence[Look]) -> list[Migration]:
    """Return the migrations that were run since `begin`, by the server's clock."""
    exists = connection.execute("select to_regclass('launch.schema_migrations') is not null").fetchone()
    if not exists or not exists[0]:
        return []
    found = []
    for name, status, started, finished in connection.execute(_LEDGER, (begin,)).fetchall():
        during = [look for look in looks if started <= datetime.fromisoformat(look.moment) <= finished]
        found.append(
            Migration(
                name=str(name),
                status=str(status),
                seconds=(finished - started).total_seconds(),
                began=(started - begin).total_seconds(),
                locks=locks_of(during),
                blocked=max((look.blocked for look in during), default=0),
            )
        )
    return found


def locks_of(looks: Iterable[Look]) -> tuple[str, ...]:
    """Return TABLE MODE of every lock that was seen."""
    return tuple(sorted({f"{table} {mode}" for look in looks for table, mode in look.locks}))
