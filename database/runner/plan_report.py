"""The plan as text: pending files, their locks, the linter's findings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from database.migrations import Migration, lint, table_locks
from database.runner.plan import Plan


def lines(plan: Plan, directory: Path, *, config: Path | None = None) -> Iterator[str]:
    """Yield the plan for people, a line for each fact."""
    found = lint.findings(plan.pending, directory, config=config) if plan.pending else []
    for migration in plan.pending:
        if migration.name == plan.recorded:
            yield f"{migration.name} will be recorded but not run: its tables exist and match"
            continue
        single = "in one transaction" if migration.directives.transaction else "statement by statement"
        yield f"{migration.name} is pending, {single}, {_count(len(migration.statements), 'statement')}"
        yield from _locks(migration)
        for finding in found or ():
            if finding.file == migration.name:
                yield f"  {finding}"
    if found is None:
        yield "squawk is not installed: the files were not linted"


def document(plan: Plan, directory: Path, *, config: Path | None = None) -> dict[str, object]:
    """Return the plan for machines."""
    found = lint.findings(plan.pending, directory, config=config) if plan.pending else []
    return {
        "version": plan.ledger.version if plan.ledger else "",
        "identity": plan.ledger.identity if plan.ledger else "",
        "linted": found is not None,
        "pending": [
            {
                "name": migration.name,
                "checksum": migration.checksum,
                "action": "record" if migration.name == plan.recorded else "run",
                "transaction": migration.directives.transaction,
                "statements": len(migration.statements),
                "locks": [
                    {"table": lock.table, "mode": lock.level.label, "effect": lock.level.effect}
                    for lock in table_locks.of_file(migration)
                ],
                "findings": [
                    {"line": each.line, "column": each.column, "rule": each.rule, "message": each.message}
                    for each in found or ()
                    if each.file == migration.name
                ],
            }
            for migration in plan.pending
        ],
    }


def _locks(migration: Migration) -> Iterator[str]:
    """Yield the file's locks, one line for each mode with all its tables."""
    for level, locks in groupby(table_locks.of_file(migration), key=lambda lock: lock.level):
        yield f"  locks {', '.join(lock.table for lock in locks)}: {level.label} ({level.effect})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
