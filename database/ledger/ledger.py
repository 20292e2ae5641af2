"""The ledger: the files applied to a database, as a chain of hashes, in a schema that only its owner can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, LiteralString

from psycopg import errors

from database.ledger.row import Author, Row, link
from database.migrations import Entry, Migration
from database.postgres import Connection, DatabaseError, RefusedError, require_public

FORMAT = 1
"""Version of the ledger's own tables."""

APPLICATION = "prductr"
"""Application name in the ledger. Another project's ledger must not be written."""

_CREATE: LiteralString = """
begin;
set local client_min_messages = warning;
create schema if not exists launch;
revoke all on schema launch from public;
create table if not exists launch.database (
    singleton boolean primary key default true check (singleton),
    id uuid not null default pg_catalog.gen_random_uuid(),
    application text not null,
    format integer not null,
    created_at timestamptz not null default pg_catalog.now()
);
create table if not exists launch.schema_migrations (
    sequence integer primary key check (sequence > 0),
    name text not null,
    kind text not null check (kind in ('versioned', 'baseline', 'repeatable')),
    checksum text not null,
    chain text not null,
    status text not null check (status in ('started', 'applied')),
    done integer not null default 0,
    done_checksum text not null default '',
    running boolean not null default false,
    started_at timestamptz not null default pg_catalog.clock_timestamp(),
    finished_at timestamptz,
    applied_by text not null,
    runner text not null
);
revoke all on launch.database, launch.schema_migrations from public;
insert into launch.database (application, format) values ('prductr', 1) on conflict do nothing;
commit;
"""

_READ: LiteralString = """
select pg_catalog.to_regnamespace('public') is not null,
       d.id::text, d.application, d.format, pg_catalog.current_setting('neon.branch_id', true),
       m.sequence, m.name, m.kind, m.checksum, m.chain, m.status, m.done, m.done_checksum, m.running,
       pg_catalog.to_char(m.finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'),
       m.applied_by, m.runner,
       (select pg_catalog.string_agg(o.what, ', ' order by o.what) from (
            select pg_catalog.format('rule %I on %s', r.rulename, r.ev_class::pg_catalog.regclass)
                   as what, r.ev_class as relation
              from pg_catalog.pg_rewrite as r
            union all
            select pg_catalog.format('trigger %I on %s', t.tgname, t.tgrelid::pg_catalog.regclass), t.tgrelid
              from pg_catalog.pg_trigger as t
             where not t.tgisinternal
       ) as o
       where o.relation in ('launch.database'::pg_catalog.regclass, 'launch.schema_migrations'::pg_catalog.regclass))
  from launch.database as d
  left join launch.schema_migrations as m on true
 order by m.sequence
"""


class LedgerError(DatabaseError):
    """The ledger cannot be read, was tampered with, or belongs to another application."""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The ledger's contents."""

    identity: str
    """Id of the database, and of the Neon branch if there is one: `UUID` or `UUID@br-…`."""
    rows: tuple[Row, ...]
    hindrance: str = ""
    """Rules and triggers on the ledger's tables: each could drop or change the run's records."""

    def entries(self) -> list[Entry]:
        """Return the newest run of each file, in order."""
        newest = {row.name: Entry(row.name, row.checksum, row.status == "applied") for row in self.rows}
        return sorted(newest.values(), key=lambda entry: (entry.repeatable, entry.name))

    @property
    def manifest(self) -> dict[str, str]:
        """File name to checksum of everything applied."""
        return {entry.name: entry.checksum for entry in self.entries() if entry.finished}

    @property
    def version(self) -> str:
        """The newest applied version, or an empty text."""
        return max((e.version for e in self.entries() if e.finished and not e.repeatable), default="")

    def tail(self) -> str:
        """Return the chain's last hash; empty for an empty ledger."""
        return self.rows[-1].chain if self.rows else ""

    def broken(self) -> list[str]:
        """Return inconsistencies: rows changed, removed or inserted from outside, and rules or triggers that could."""
        if self.hindrance:
            return [f"{self.hindrance} may drop or change records"]
        findings = []
        previous = ""
        for expected, row in enumerate(self.rows, 1):
            if row.sequence != expected:
                findings.append(f"ledger row {expected} is missing")
            elif row.chain != link(previous, row) or (row.status == "applied") != bool(row.finished_at):
                findings.append(f"ledger row {expected} ({row.name}) was changed from outside")
            elif row.status != "applied" and row is not self.rows[-1]:
                findings.append(f"{row.name} is half applied, yet later files are recorded")
            if findings:
                break  # all later hashes depend on this one
            previous = row.chain
        return findings


def same_database(remembered: str, found: str) -> bool:
    """Return whether two identities name one database. Branches are compared only if both have one."""
    (one, _, branch), (other, _, other_branch) = remembered.partition("@"), found.partition("@")
    return one == other and (not branch or not other_branch or branch == other_branch)


def create(connection: Connection) -> Ledger | None:
    """Create the ledger if there is none, and read it in the same round trip. Raises LedgerError or RefusedError.

    Only for the holder of the runner's lock: `if not exists` alone does not protect against a second runner.
    """
    cursor = connection.execute(_CREATE + _READ)
    while cursor.nextset():
        pass
    return _ledger(cursor.fetchall(), connection.label)


def read(connection: Connection) -> Ledger | None:
    """Return the database's ledger, or None if there is none. Raises LedgerError or RefusedError."""
    try:
        return _ledger(connection.execute(_READ).fetchall(), connection.label)
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        found = connection.execute("select pg_catalog.to_regnamespace('public') is not null").fetchone()
        require_public(bool(found and found[0]), connection.label)
        return None
    except errors.InsufficientPrivilege:
        raise RefusedError(
            "this role may not read the ledger", where=connection.label, remedy="Connect as the owner of the database."
        ) from None
    except errors.UndefinedColumn:
        raise LedgerError(
            "launch.schema_migrations has unexpected columns",
            where=connection.label,
            remedy="It may be another tool's table: check the URL.",
        ) from None


def _ledger(found: Sequence[Sequence[Any]], where: str) -> Ledger | None:
    if not found:
        return None
    public, identity, application, form, branch = found[0][:5]
    hindrance = found[0][-1] or ""
    require_public(public, where)
    if application != APPLICATION:
        raise LedgerError(f"the ledger belongs to {application!r}", where=where, remedy="Check the URL.")
    if form > FORMAT:
        raise LedgerError(f"the ledger has format {form}", where=where, remedy="Use a newer release.")
    rows = tuple(_row(values[5:-1]) for values in found if values[5] is not None)
    return Ledger(identity=f"{identity}@{branch}" if branch else identity, rows=rows, hindrance=hindrance)


def _row(values: Sequence[Any]) -> Row:
    sequence, name, kind, checksum, chain, status, done, done_hash, running, finished, by, runner = values
    return Row(
        sequence=sequence, name=name, kind=kind, checksum=checksum, chain=chain, status=status, done=done,
        done_checksum=done_hash, running=running, applied_by=by, runner=runner,
        finished_at=finished or "",
    )  # fmt: skip


def with_next(ledger: Ledger, migration: Migration, by: Author, *, kind: str = "", status: str = "applied") -> Ledger:
    """Return the ledger with one more row, for `migration`."""
    row = Row(
        sequence=len(ledger.rows) + 1, name=migration.name, checksum=migration.checksum, status=status,
        kind=kind or ("repeatable" if migration.repeatable else "versioned"), done=0, done_checksum="", running=False,
        chain="", finished_at="", applied_by=by.role, runner=by.runner,
    )  # fmt: skip
    return replace(ledger, rows=(*ledger.rows, replace(row, chain=link(ledger.tail(), row))))


def with_last(ledger: Ledger, **changes: str | int) -> Ledger:
    """Return the ledger with changes to its last row, whose hash is recomputed."""
    before, last = ledger.rows[:-1], replace(ledger.rows[-1], **changes)  # type: ignore[arg-type]
    return replace(ledger, rows=(*before, replace(last, chain=link(before[-1].chain if before else "", last))))
