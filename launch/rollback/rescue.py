"""Restore rows that were deleted by mistake, from a branch at an earlier time.

The branch is a child of production's that expires within the hour; it is removed as soon as it has been read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from contract.problem import Problem
from database.branch_rows import MissingRows
from launch.rollback.reached import reached
from launch.stack import Stack
from vendors import Access, MissingError, Neon, RefusedRequestError

_DATABASE, _OWNER = "neondb", "neondb_owner"
_LIFE = timedelta(hours=1)


def rescue(stack: Stack, tables: Sequence[str], at: datetime, *, apply: bool) -> dict[str, int]:
    """Return the number of missing rows of each table, restored if `apply`. Raises Problem and VendorError."""
    outputs = stack.outputs(secrets=True)
    database: Mapping[str, Any] | None = outputs.get("database")
    if not database:
        raise Problem("it has no database", where=f"stack {stack.name}", remedy="Run `pulumi up` first.")
    neon = Neon.connect(Access.of(stack.provider_settings(), stack.environment))
    with (
        closing(neon.api),
        _branch(neon, str(database["project_id"]), str(database["branch_id"]), at) as then,
    ):
        missing = MissingRows(reached(then, stack), reached(str(outputs["owner_database_url"]), stack))
        return missing.bring_back(tables) if apply else missing.count(tables)


@contextmanager
def _branch(neon: Neon, project: str, parent: str, at: datetime) -> Iterator[str]:
    """Yield the owner's URL on a branch at that time."""
    name = f"rescue/{at.astimezone(UTC):%Y-%m-%dT%H-%M-%SZ}"
    for each in neon.branches(project):  # left by a killed run
        if each["name"] == name and each.get("parent_id") == parent and each.get("expires_at"):
            neon.delete_branch(project, str(each["id"]))
    asked = {
        "name": name,
        "parent_id": parent,
        "parent_timestamp": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "expires_at": (datetime.now(UTC) + _LIFE).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    try:
        made = neon.create_branch(project, asked, [{"type": "read_write"}])
    except RefusedRequestError as error:
        remedy = "The time must be within the history that the project keeps (databaseHistorySeconds)."
        raise Problem(error.what, where="Neon", remedy=remedy) from None
    branch = str(made["branch"]["id"])
    try:
        neon.settle(project, made.get("operations") or [])
        yield neon.connection_uri(project, database=_DATABASE, role=_OWNER, branch=branch)
    finally:
        with suppress(MissingError):
            neon.delete_branch(project, branch)
