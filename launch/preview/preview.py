"""One preview, whole: what would change, what that does to the database, and what else was found out about it."""

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
    """What of a change may appear on a bill."""

    resource: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an update of the stack would do."""

    stack: str
    changes: Changes
    database: Database = field(default_factory=Database)
    costs: tuple[Cost, ...] = ()
    program: str = ""
    """SHA-256 over the program and its settings."""
    refreshed: bool = False
    """Whether it was compared with what there really is, and not with the state alone."""

    def steps(self) -> Mapping[str, str]:
        """What an update would do: URN to kind and digest. Two previews that do the same have equal steps."""
        return {each.urn: f"{each.kind} {_digest(each)}" for each in self.changes.changes}


def preview(stack: Stack, *, refresh: bool = False) -> Preview:
    """Ask the engine, and the database where it would change. Raises PulumiError where the engine gives no answer."""
    changes = read(stack.planned(refresh=refresh))
    return of_changes(stack, changes, refreshed=refresh)


def of_changes(stack: Stack, changes: Changes, *, refreshed: bool = False) -> Preview:
    """The preview that these changes are the centre of."""
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
