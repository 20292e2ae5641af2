"""A whole preview: the changes, their effect on the database, and their cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contract.resource_types import MIGRATIONS, ROW_SECURITY
from launch.preview.changes import Change, Changes, read
from launch.preview.database import Database
from launch.preview.meaning import costs
from launch.preview.program import fingerprint
from launch.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A part of a change that may appear on a bill."""

    resource: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The effect of an update of the stack."""

    stack: str
    changes: Changes
    database: Database = field(default_factory=Database)
    costs: tuple[Cost, ...] = ()
    program: str = ""
    """SHA-256 of the program and its settings."""
    refreshed: bool = False
    """Whether it was compared with the actual resources, and not with the state alone."""

    def steps(self) -> Mapping[str, str]:
        """Map URN to kind and digest of each change. Two previews with the same effect have equal steps."""
        return {each.urn: f"{each.kind} {_digest(each)}" for each in self.changes.changes}


def preview(stack: Stack, *, refresh: bool = False) -> Preview:
    """Run a preview, and query the database if it would change. Raises PulumiError if the engine returns no result."""
    changes = read(stack.planned(refresh=refresh))
    return of_changes(stack, changes, refreshed=refresh)


def of_changes(stack: Stack, changes: Changes, *, refreshed: bool = False) -> Preview:
    """Return the preview of these changes."""
    return Preview(
        stack=stack.name,
        changes=changes,
        database=_database(changes, stack),
        costs=tuple(Cost(resource=each.name, what=what) for each in changes.changes for what in costs(each)),
        program=fingerprint(stack.folder, stack.name),
        refreshed=refreshed,
    )


def _database(changes: Changes, stack: Stack) -> Database:
    if not changes.succeeded or not any(each.type in (MIGRATIONS, ROW_SECURITY) for each in changes.changes):
        return Database()
    from launch.preview.look import look

    return look(changes, stack)


def _digest(change: Change) -> str:
    shown = "".join(f"\n{each.path}: {each.before} -> {each.after}" for each in change.properties)
    return f"{change.digest}{shown}"
