"""The database: the migrations since then, what they removed for good, and what going back in time would lose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from database.postgres import connect
from database.runner import plan
from database.sqltext import split
from launch.history import RestorePoint
from launch.rollback.model import How, Loss, Step

_MOMENTS = ("updated_at", "created_at", "joined_at", "started_at", "locked_at", "succeeded_at")
"""Columns that record when a row was written, the best first."""
_COLUMNS = """
select c.relname::text, array_agg(a.attname::text)
from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
group by 1 order by 1
"""
RESTORE = "restore"
"""The action that returns the database to an earlier time."""
_DROPS = (("drop", "table"), ("drop", "column"), ("drop", "schema"), ("truncate",), ("delete", "from"))


def steps(url: str, at: datetime, point: RestorePoint, directory: Path, place: str) -> Iterator[Step]:
    """Yield steps for what the ledger shows as applied since `at`, in the database at `place`. Raises DatabaseError."""
    ledger = plan.look(url)
    rows = ledger.rows if ledger else ()
    since = [row.name for row in rows if row.finished_at and _utc(row.finished_at) > at]
    if not since:
        yield Step(subject="schema", how=How.SAME, detail="no migration was applied since")
        return
    kept = point.kept()
    until = f"{point.until:%Y-%m-%d %H:%M} UTC"
    yield Step(
        subject="schema",
        how=How.RESTORE if kept else How.NEVER,
        detail=f"applied since: {', '.join(since)}; "
        + (f"a branch at {at:%Y-%m-%d %H:%M:%S} UTC can be had until {until}" if kept else f"gone since {until}"),
        remedy="Undo it forward, with the next migration: nothing that was written since is lost."
        + (" Or restore the database: `launch rollback apply --restore-database`." if kept else ""),
        action=RESTORE if kept else "",
        place=place,
        wanted=at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        kept_as=f"before-rollback-{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}",
    )
    if kept:
        yield Step(
            subject="row security",
            how=How.RESTORE,
            detail="a restored database has that of then; the next update declares it anew",
            remedy="After a restore: `pulumi up`, once the program is that of then.",
            follows_restore=True,
        )
    for name in since:
        if lost := list(_dropped(directory / name)):
            yield Step(
                subject=name,
                how=How.RESTORE if kept else How.NEVER,
                detail=f"removed rows or columns: {'; '.join(lost)}",
                remedy="Copy them from a branch at that time: `launch rollback rescue`."
                if kept
                else "They are in no branch any more.",
            )


def losses(url: str, at: datetime) -> tuple[Loss, ...]:
    """Return how many rows of each table were written since, according to their own columns. Raises DatabaseError."""
    found = []
    with connect(url, application_name="launch rollback") as connection:
        connection.read_only = True
        for table, columns in connection.execute(_COLUMNS).fetchall():
            named = [name for name in _MOMENTS if name in columns]
            found.append(Loss(table=table, rows=_count(connection, table, named, at) if named else None))
    return tuple(found)


def _count(connection: psycopg.Connection[tuple[object, ...]], table: str, named: list[str], at: datetime) -> int:
    latest = sql.SQL("greatest({})").format(sql.SQL(", ").join(map(sql.Identifier, named)))
    query = sql.SQL("select count(*) from {} where {} > %s").format(sql.Identifier("public", table), latest)
    # The columns have no time zone, and contain UTC.
    row = connection.execute(query, (at.astimezone(UTC).replace(tzinfo=None),)).fetchone()
    assert row is not None
    return int(str(row[0]))


def _dropped(file: Path) -> Iterator[str]:
    """Yield statements that remove data which no later migration restores."""
    for statement in split(file.read_text()) if file.exists() else ():
        words = [word.lower() for word in statement.words]
        if any(tuple(words[start : start + len(drop)]) == drop for drop in _DROPS for start in range(len(words))):
            yield " ".join(statement.words[:8])


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
