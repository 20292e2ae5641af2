"""Observes the reports about an opening, and its outcome, in one transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from database.postgres import SecurityError
from database.row_security import Check, Declaration, Securing, findings
from database.row_security.facts import APPLICATION_ROLES, Need, compare, facts
from tools.mutation.opening import Opening

_OWNER = "neondb_owner"
_PASSWORDS = dict.fromkeys(APPLICATION_ROLES, "a-password-that-is-undone")


@dataclass(frozen=True)
class Observation:
    """The reports about an opening before, during and after an apply."""

    opening: Opening
    before: tuple[str, ...]
    """Messages of the comparison, and findings of the checks with the application's view of the catalog."""
    refused: str
    """Why the apply stopped, or an empty text."""
    left: tuple[str, ...]
    """Reports that remain after the apply has finished or was rolled back."""
    person: bool
    """Whether every earlier report about it needs a person or a migration."""

    @property
    def seen(self) -> bool:
        """Whether the opening was reported with its expected message."""
        return any(self.opening.message in each for each in self.before)

    @property
    def settled(self) -> bool:
        """Whether the opening was repaired, or named if only a person can repair it."""
        still = [each for each in (*self.left, self.refused) if self.opening.message in each]
        return bool(still) if self.opening.named else not still and not self.refused


def observe(
    connection: psycopg.Connection[Any], opening: Opening, declaration: Declaration, checks: Sequence[Check]
) -> Observation:
    """Create the opening, compare, apply the declaration as the owner, compare again, roll back. Needs a superuser."""
    try:
        if not opening.superuser:
            connection.execute(f"set local session authorization {_OWNER}".encode())
        for statement in opening.statements:
            connection.execute(statement.encode())
        connection.execute(f"set local session authorization {_OWNER}".encode())
        differences = compare(declaration.facts, facts.read(connection))
        before = (*(each.text for each in differences), *_found(connection, checks))
        person = all(each.needs is not Need.UPDATE for each in differences if opening.message in each.text)
        refused = ""
        try:
            Securing(connection, declaration, checks, remove_foreign=False, tolerated=()).run(_PASSWORDS)
        except SecurityError as error:
            refused = str(error)
        after = compare(declaration.facts, facts.read(connection))
        return Observation(
            opening, before, refused, (*(each.text for each in after), *_found(connection, checks)), person
        )
    finally:
        connection.rollback()


def _found(connection: psycopg.Connection[Any], checks: Sequence[Check]) -> list[str]:
    connection.execute("set local session authorization prductr_app")
    found = list(map(str, findings(connection, checks)))
    connection.execute(f"set local session authorization {_OWNER}".encode())
    return found
