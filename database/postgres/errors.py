"""Errors that state what happened, to what, and what to do next."""

from __future__ import annotations

from contract.problem import Problem


class DatabaseError(Problem):
    """A problem with a database that the operator must handle."""


class UrlError(DatabaseError):
    """The connection URL is unusable: malformed, or a pooled host although a session is needed."""


class UnreachableError(DatabaseError):
    """No server answered in time, or it stopped answering."""


class BusyError(UnreachableError):
    """The server responds, but another session blocks this request."""


class RefusedError(DatabaseError):
    """A server refused: wrong password, unknown database, no connection slots, too old, not allowed."""


class SecurityError(DatabaseError):
    """Row security is not as declared and could not be repaired; nothing was changed."""


class PasswordError(RefusedError):
    """The server rejects the role's password."""


class ConnectionLostError(DatabaseError):
    """The session ended. Whatever it had not committed is rolled back."""
