"""What puts right what differs, by the type of resource: not everything is an update's to mend."""

from __future__ import annotations

from collections.abc import Collection

from contract.resource_types import MIGRATIONS, NEON_PROJECT, ROW_SECURITY

COMMAND = "pulumi up --refresh"
"""A plain `pulumi up` compares the program with the state, and a look at what there is records no drift there."""
RUN = f"Run `{COMMAND}`"
"""Beginning of a remedy."""


def remedy(kind: str, urn: str, *, needs: Collection[str] = (), gone: bool = False) -> str:
    """What to do about the drift of one resource of the type `kind`.

    `needs` holds what its differences need, where the resource says so (`Need`); `gone` means that it was deleted.
    """
    if kind == ROW_SECURITY:
        return _row_security(needs)
    if kind == MIGRATIONS:
        return (
            "Restore launch.schema_migrations, no update does. After a deliberate return to an earlier time:"
            f" `pulumi up --replace '{urn}'`"
        )
    if kind == NEON_PROJECT and gone:
        return "Ask Neon for the project: an update makes a new, empty one, and only with `replaceLostDatabase`."
    if kind == NEON_PROJECT:
        return (
            f"`{COMMAND}` puts right what can be changed in place. If it refuses to replace the project, give branch,"
            " database and role their names back at Neon."
        )
    return f"`{COMMAND}` puts it right."


def _row_security(needs: Collection[str]) -> str:
    from database.row_security.facts import Need  # costly, and no other remedy needs it

    if Need.MIGRATION in needs:
        return "No update brings a lost table or column back: restore it, from a branch at an earlier time or in SQL."
    if Need.PERSON in needs:
        return (
            f"`{COMMAND}` puts right what is declared, and removes what else could open rows. The rest it leaves alone,"
            " tables among it: declare it in sql/, or drop it. If it stops at something that is not the owner's to"
            " undo, let whoever did that undo it."
        )
    return f"`{COMMAND}` puts it right."
