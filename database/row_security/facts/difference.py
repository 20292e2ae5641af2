"""One fact that is not as declared."""

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
"""Whose rights are declared in full: what else they may is taken from them."""


class Need(StrEnum):
    """What puts a difference right."""

    UPDATE = "update"
    """An apply of the declaration."""
    MIGRATION = "migration"
    """Structure: a lost table or column comes back from an earlier time, a changed one by a migration."""
    PERSON = "person"
    """A decision, or a right that the database's owner does not have."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One fact that is not as declared."""

    kind: str
    object: str
    text: str
    """What differs, a sentence for people: the object, what is declared, what is there."""
    repair: tuple[str, ...] = ()
    """Statements that put it right; empty where a file of the declaration does, or where no update can."""
    needs: Need = Need.UPDATE
    """What puts it right. An update leaves a foreign thing alone that needs a person."""
    security: bool = True
    """Whether rows may be shown or changed against the declaration."""
    first: bool = False
    """To be repaired before all else: what is wrong would keep other repairs from succeeding."""
    foreign: bool = False
    """Something that nobody declared, as opposed to something declared that changed."""
    harmful: bool = False
    """Foreign, and able to show or change rows against the declaration."""
    elsewhere: bool = False
    """Foreign, and part of a relation that is itself not declared: whoever made that may keep it."""
    mark: str = ""
    """Of a foreign thing: its key with a digest of what it is, which ends to be tolerated when it changes."""

    @property
    def key(self) -> str:
        """Names the fact, for instance `policy tasks.tasks_select`."""
        return f"{self.kind} {self.object}"

    def document(self) -> dict[str, Any]:
        """What is kept of it in the stack's state: everything that says what it is and what it needs."""
        return {
            "kind": self.kind,
            "object": self.object,
            "text": self.text,
            "needs": self.needs.value,
            "security": self.security,
        }

    def left_alone(self, tolerated: Collection[str]) -> bool:
        """Whether it is a foreign thing of these marks: one that was left alone before, and is still the same."""
        return self.foreign and not self.harmful and self.mark in tolerated


def within(value: Value, statements: Sequence[str]) -> tuple[tuple[str, ...], Need]:
    """Statements about something that may be another role's (`of`), and what they need.

    What belongs to a role that the owner may act as is changed as a member of that role, for as long as that takes.
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
    """Something that belongs to another role; it is put right before all else, since only its owner may change it.

    `owner` stands as SQL writes it. Whoever takes a thing must be a member of the role that has it, for as long as that
    takes.
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
    """Each key whose values differ: key, declared value, actual value."""
    for key in sorted(wanted.keys() | there.keys()):
        if key not in skip and wanted.get(key) != there.get(key):
            yield key, wanted.get(key), there.get(key)


def words(value: object) -> str:
    """A value as a sentence names it."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)
