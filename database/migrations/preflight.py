"""Requirements on the data before a file is applied: `sql/preflight/NAME` lists the rows that block it.

An applied file is never edited. So rows on which a file would fail half-way, or which it would silently change, are
searched for before anything is applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from database.migrations.files import Migration
from database.postgres import DatabaseError

FOLDER = "preflight"
"""Beside the directory of migrations: queries for `object` and `detail`, each named like the file that it protects."""

_SHOWN = 20


class PreflightError(DatabaseError):
    """Rows block pending files; `findings` lists them."""

    def __init__(self, findings: list[str], *, where: str) -> None:
        self.findings = findings
        shown = [*islice(findings, _SHOWN)]
        more = [f"and {len(findings) - _SHOWN} more"] if len(findings) > _SHOWN else []
        super().__init__(
            "rows must be repaired before the migrations:\n  " + "\n  ".join([*shown, *more]),
            where=where,
            remedy="\nSee docs/taking-over-production.md. Nothing was changed",
        )


def require_clear(
    connection: psycopg.Connection[Any], directory: Path, pending: Sequence[Migration], *, where: str
) -> None:
    """Raise PreflightError with each row that blocks a pending file.

    The database must hold the tables that the first file creates; the queries read nothing else.
    """
    findings = []
    for migration in pending:
        query = directory.parent / FOLDER / migration.name
        if query.exists():
            rows = connection.execute(query.read_bytes()).fetchall()
            findings += [f"{thing}: {detail} ({migration.name})" for thing, detail in rows]
    if findings:
        raise PreflightError(findings, where=where)
