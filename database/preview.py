"""The plan in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from database.plan import Plan


def lines(plan: Plan, _directory: Path) -> Iterator[str]:
    """One line for each pending file."""
    for migration in plan.pending:
        verb = "is recorded, its tables are there" if migration.name == plan.recorded else "is pending"
        yield f"{migration.name} {verb}"
