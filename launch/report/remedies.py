"""How to repair a difference, by type of resource: an update cannot repair everything."""

from __future__ import annotations

from collections.abc import Collection

from contract.resource_types import MIGRATIONS, NEON_PROJECT, ROW_SECURITY

COMMAND = "pulumi up --refresh"
"""A plain `pulumi up` compares the program with the state, which contains no drift until it is refreshed."""
RUN = f"Run `{COMMAND}`"
"""Beginning of a remedy."""


def remedy(kind: str, urn: str, *, needs: Collection[str] = (), gone: bool = False) -> str:
    """Return how to repair the drift of one resource of type `kind`.

    `needs` holds what its differences need, if the resource reports that (`Need`); `gone` means that it was deleted.
    """
    if kind == ROW_SECURITY:
        return _row_security(needs)
    if kind == MIGRATIONS:
        return (
            "Restore launch.schema_migrations: no update does that. After a deliberate return to an earlier time:"
            f" `pulumi up --replace '{urn}'`"
        )
    if kind == NEON_PROJECT and gone:
        return (
            "Ask Neon to restore it: an update can only create an empty project, and only with `replaceLostDatabase`."
        )
    if kind == NEON_PROJECT:
        return (
            f"`{COMMAND}` repairs what can be changed in place. If it refuses to replace the project, rename branch,"
            " database and role back to their declared names at Neon."
        )
    return f"`{COMMAND}` puts it right."


def _row_security(needs: Collection[str]) -> str:
    from database.row_security.facts import Need  # costly, and no other remedy needs it

    if Need.MIGRATION in needs:
        return "No update brings back a lost table or column: restore it from a branch at an earlier time, or in SQL."
    if Need.PERSON in needs:
        return (
            f"`{COMMAND}` repairs what is declared, and removes anything else that could open rows. The rest stays,"
            " tables included: declare it in sql/, or drop it. If it stops at something that the owner cannot"
            " undo, whoever did it must undo it."
        )
    return f"`{COMMAND}` puts it right."
