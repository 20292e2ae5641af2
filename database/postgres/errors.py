"""Errors that say what happened, to what, and what to do next."""

from __future__ import annotations


class DatabaseError(Exception):
    """Something that the operator must know; never holds a password."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        """What happened, one sentence without a final full stop."""
        self.where = where
        """The database, file or line that it happened to."""
        self.remedy = remedy
        """What to do next."""
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}" if self.remedy else text


class UrlError(DatabaseError):
    """The connection URL cannot be used: malformed, or a pooled host where a session is needed."""


class UnreachableError(DatabaseError):
    """No server answered in time, or it stopped answering."""


class BusyError(UnreachableError):
    """A server answers, but not this: another session is in the way."""


class RefusedError(DatabaseError):
    """A server answered and said no: wrong password, unknown database, no connection slots, too old, not allowed."""


class SecurityError(DatabaseError):
    """Row security is not as declared and could not be made so; nothing was changed."""


class PasswordError(RefusedError):
    """It does not let the role in with this password."""
