"""One row of the ledger: its record of a file, the hash that seals it, and the statements that write it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from database.postgres import literal


@dataclass(frozen=True, kw_only=True)
class Row:
    """One run of one file."""

    sequence: int
    name: str
    kind: str
    checksum: str
    chain: str
    status: str
    done: int
    """Number of completed statements of a file without a transaction."""
    done_checksum: str
    """Hash of the completed statements."""
    running: bool
    """Whether the next statement has begun outside of a transaction."""
    finished_at: str
    """In UTC, whatever the session's time zone and date style; empty until the file has finished."""
    applied_by: str
    """The database role."""
    runner: str
    """The machine and process."""


@dataclass(frozen=True, kw_only=True)
class Author:
    """The author of a run."""

    role: str
    """The database role."""
    runner: str
    """The machine and process."""


def link(previous: str, row: Row) -> str:
    """Return the chain's hash of one row. It covers all rows before it, and this one except the server's times."""
    facts = (row.name, row.kind, row.checksum, row.status, row.done, row.done_checksum, row.running, row.applied_by,
             row.runner)  # fmt: skip
    return hashlib.sha256("\n".join([previous, *map(str, facts)]).encode()).hexdigest()


def done_checksum(statements: Sequence[str]) -> str:
    """Return a hash of the completed statements, which must not change; later ones may be corrected."""
    return hashlib.sha256("\0".join(statements).encode()).hexdigest()


def insert_sql(row: Row) -> str:
    """Return the statement that inserts the row. All values are quoted, because the text is sent without parameters."""
    return (
        "insert into launch.schema_migrations (sequence, finished_at, started_at, name, kind, checksum, chain, status,"  # noqa: S608 -- quoted
        f" applied_by, runner) values ({row.sequence}, {_finished_at(row)}, pg_catalog.now(), {literal(row.name)},"
        f" {literal(row.kind)}, {literal(row.checksum)}, {literal(row.chain)}, {literal(row.status)},"
        f" {literal(row.applied_by)}, {literal(row.runner)})"
    )


def update_sql(row: Row) -> str:
    """Return the statement that records the row's progress."""
    return (
        f"update launch.schema_migrations set checksum = {literal(row.checksum)}, chain = {literal(row.chain)},"  # noqa: S608 -- quoted
        f" status = {literal(row.status)}, done = {row.done}, done_checksum = {literal(row.done_checksum)},"
        f" running = {row.running}, finished_at = {_finished_at(row)} where sequence = {row.sequence}"
    )


def _finished_at(row: Row) -> str:
    return "pg_catalog.clock_timestamp()" if row.status == "applied" else "null"
