"""Makes the database isolate tenants as `sql/security` declares, in one transaction, and reports its repairs.

Objects that match the declaration are not touched, so a repair locks only the tables that need it. A difference that
cannot be repaired is named, and rolls everything back. When an apply returns, the facts have been read back and found
equal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import psycopg

from database.postgres import (
    AGAIN,
    WAKE_SECONDS,
    Backoff,
    SecurityError,
    connect,
    query_errors,
    redact,
    require_direct,
    require_server,
    safe_url,
)
from database.row_security.checks import Check
from database.row_security.declaration import Declaration
from database.row_security.facts import Difference, Facts, compare, facts
from database.row_security.reconcile import Report, Securing

__all__ = ["Report", "Security", "SecurityError"]


@dataclass(frozen=True, kw_only=True)
class Security:
    """Row security of one database."""

    url: str
    """The owner's direct URL."""
    declaration: Declaration
    checks: tuple[Check, ...]
    report: Callable[[str], None] = lambda _message: None
    attempts: int = 8

    def read(self, *, patience: float = WAKE_SECONDS) -> Facts:
        """Return the current facts. Writes nothing. Waits `patience` seconds for the server. Raises DatabaseError."""
        with connect(self.url, application_name="launch security", autocommit=True, patience=patience) as connection:
            require_server(connection)
            with query_errors(connection):
                return facts.read(connection)

    def differences(self, *, patience: float = 5.0) -> list[Difference]:
        """Return the differences from the declaration. Writes nothing. Raises DatabaseError."""
        return compare(self.declaration.facts, self.read(patience=patience))

    def apply(
        self,
        passwords: Mapping[str, str],
        *,
        remove_foreign: bool = False,
        tolerated: Collection[str] | None = None,
    ) -> Report:
        """Repair the differences.

        `tolerated` holds the marks of foreign objects that were left alone before; None means that the declaration was
        never in force. Any other foreign policy, rule, trigger or grant is drift and is removed, and so is one that
        changed. Raises SecurityError with every difference that remains; the transaction is then rolled back.
        """
        require_direct(self.url)
        backoff = Backoff(self.attempts, first=0.25, longest=4.0)
        while True:
            try:
                with connect(self.url, application_name="launch security") as connection:
                    attempt = Securing(
                        connection,
                        self.declaration,
                        self.checks,
                        remove_foreign=remove_foreign,
                        tolerated=tolerated,
                    )
                    return attempt.run(passwords)
            except psycopg.Error as error:
                reason = AGAIN.get(error.sqlstate or "")
                if reason is None or not backoff.wait(reason, self.report):
                    raise self._failure(error) from None

    def _failure(self, error: psycopg.Error) -> SecurityError:
        text = redact(error.diag.message_primary or str(error), self.url)
        remedies = {
            "42501": "Connect as the database's owner; it must hold CREATEROLE and BYPASSRLS, as Neon's owners do.",
            "23505": "Rows share a key that was missing for a time. Nothing was changed: remove duplicates, run again.",
            "55P03": "A session holds a table for longer than the retries last: end it, or try at a quieter time.",
        }
        return SecurityError(
            f"{text} (SQLSTATE {error.sqlstate})",
            where=safe_url(self.url),
            remedy=remedies.get(error.sqlstate or "", "Nothing was changed."),
        )
