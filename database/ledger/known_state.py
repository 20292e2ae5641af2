"""Compares what a caller remembers of its database with the database itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from database.ledger.ledger import Ledger, LedgerError, same_database

_REPLACE = "replace the Migrations resource too (`pulumi up --replace URN`)."


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Empty by default: no database has been seen yet."""

    identity: str = ""
    """See `Ledger.identity`."""
    files: Mapping[str, str] = field(default_factory=dict)
    """File name to checksum of everything applied."""

    def recognise(self, known: Ledger | None, where: str) -> Ledger | None:
        """Return the ledger if it is intact and belongs to the remembered database. Raises LedgerError."""
        if other := self.other_database(known):
            raise LedgerError(
                other,
                where=where,
                remedy=f"Correct the URL; if the database was replaced on purpose, {_REPLACE}",
            )
        if broken := known.broken() if known else []:
            remedy = "Drop it, then run again." if known and known.hindrance else "Restore launch.schema_migrations."
            raise LedgerError("; ".join(broken), where=where, remedy=remedy)
        if forgotten := self.forgotten(known):
            raise LedgerError(
                "; ".join(forgotten),
                where=where,
                remedy="Restore launch.schema_migrations; if the whole database was taken back to an earlier time on "
                f"purpose, {_REPLACE}",
            )
        return known

    def other_database(self, known: Ledger | None) -> str:
        """Return why the ledger is not that of the remembered database; empty if it is."""
        found = known.identity if known else "none"
        if not self.identity or same_database(self.identity, found):
            return ""
        return f"this is another database: its identity is {found}, the remembered one is {self.identity}"

    def forgotten(self, known: Ledger | None) -> list[str]:
        """Return a text for each versioned file that was once seen applied and is missing from the ledger.

        A chain of hashes cannot show that its end is missing.
        """
        held = known.manifest if known else {}
        return [
            f"the ledger no longer holds {name} as it was applied"
            for name, checksum in sorted(self.files.items())
            if not name.startswith("R_") and held.get(name) != checksum
        ]
