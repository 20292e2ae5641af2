"""One fact that is not as declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from database.row_security.facts.facts import Value

APPLICATION_ROLES = ("prductr_app", "prductr_service")
BOUND = {"public", *APPLICATION_ROLES}
"""Whose rights are declared in full: what else they may is taken from them."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One fact that is not as declared."""

    kind: str
    object: str
    text: str
    """What differs, a sentence for people: the object, what is declared, what is there."""
    repair: tuple[str, ...] = ()
    """Statements that put it right; empty where only people or a migration can."""
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

    def left_alone(self, tolerated: Collection[str]) -> bool:
        """Whether it is a foreign thing of these marks: one that was left alone before, and is still the same."""
        return self.foreign and not self.harmful and self.mark in tolerated


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
