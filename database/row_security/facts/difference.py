"""One fact that differs from the declaration."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from database.postgres import literal, name

if TYPE_CHECKING:
    from database.row_security.facts.facts import Value

APPLICATION_ROLES = ("prductr_app", "prductr_service")
BOUND = {"public", *APPLICATION_ROLES}
"""Roles whose rights are declared in full: any others are revoked."""


class Need(StrEnum):
    """The kind of repair that a difference needs."""

    UPDATE = "update"
    """An apply of the declaration."""
    MIGRATION = "migration"
    """Structure: a lost table or column is restored from an earlier time, a changed one by a migration."""
    PERSON = "person"
    """A decision, or a right that the database's owner does not have."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One fact that differs from the declaration."""

    kind: str
    object: str
    text: str
    """A sentence for people: the object, its declared value, its actual value."""
    repair: tuple[str, ...] = ()
    """Statements that repair it; empty if a file of the declaration does, or no update can."""
    needs: Need = Need.UPDATE
    """The kind of repair. An update leaves a foreign object alone if it needs a person."""
    security: bool = True
    """Whether it may expose rows, or allow changes to them, that the declaration forbids."""
    first: bool = False
    """To be repaired before everything else, because it could make other repairs fail."""
    foreign: bool = False
    """Whether the object is undeclared, as opposed to declared and changed."""
    harmful: bool = False
    """Foreign, and able to expose or change rows against the declaration."""
    elsewhere: bool = False
    """Foreign, and part of a relation that is itself undeclared: the relation's creator may keep it."""
    mark: str = ""
    """For a foreign object: its key with a digest of its definition. A change ends the toleration."""

    @property
    def key(self) -> str:
        """The name of the fact, such as `policy tasks.tasks_select`."""
        return f"{self.kind} {self.object}"

    def document(self) -> dict[str, Any]:
        """Return what the stack's state keeps of it: the difference and its repair."""
        return {
            "kind": self.kind,
            "object": self.object,
            "text": self.text,
            "needs": self.needs.value,
            "security": self.security,
        }

    def left_alone(self, tolerated: Collection[str]) -> bool:
        """Return whether it is a foreign object with one of these marks: left alone before, and unchanged since."""
        return self.foreign and not self.harmful and self.mark in tolerated


def within(value: Value, statements: Sequence[str]) -> tuple[tuple[str, ...], Need]:
    """Return statements on an object that may belong to another role (`of`), and what they need.

    If the owner may act as that role, it becomes a member of the role for the duration of the change.
    """
    role = value.get("of")
    if role is None:
        return tuple(statements), Need.UPDATE
    if not value.get("of_own_role"):
        return tuple(statements), Need.PERSON
    body = " ".join(f"{each};" for each in statements)
    as_member = (
        f"do $within$ declare member boolean := pg_has_role(current_user, {literal(role)}, 'usage'); begin "
        f"if not member then grant {name(role)} to current_user; end if; {body} "
        f"if not member then revoke {name(role)} from current_user; end if; end $within$"
    )
    return (as_member,), Need.UPDATE


def owner_difference(thing: str, what: str, alter: str, owner: str) -> Difference:
    """Return the difference for an object of another role. It is repaired first, since only its owner may change it.

    `owner` is spelled as in SQL. To take over an object, a role must be a member of its owner during the change.
    """
    return Difference(
        kind="owner",
        object=thing,
        text=f"{what} belongs to {owner} instead of the database's owner",
        repair=(
            f"grant {owner} to current_user",
            f"{alter} owner to current_user",
            f"revoke {owner} from current_user",
        ),
        first=True,
    )


def changes(wanted: Value, there: Value, *, skip: tuple[str, ...] = ()) -> Iterator[tuple[str, object, object]]:
    """Yield each key whose values differ: key, declared value, actual value."""
    for key in sorted(wanted.keys() | there.keys()):
        if key not in skip and wanted.get(key) != there.get(key):
            yield key, wanted.get(key), there.get(key)


def words(value: object) -> str:
    """Return a value as part of a sentence."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
