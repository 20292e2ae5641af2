"""Errors that say what happened, to what, and what to do next."""

from __future__ import annotations

from contract.problem import Problem


class DatabaseError(Problem):
    """Something about a database that the operator must know."""


class UrlError(DatabaseError):
    """The connection URL is unusable: malformed, or a pooled host although a session is needed."""


class UnreachableError(DatabaseError):
    """No server answered in time, or it stopped answering."""


class BusyError(UnreachableError):
    """A server answers, but not to this request: another session is in the way."""


class RefusedError(DatabaseError):
    """A server refused: wrong password, unknown database, no connection slots, too old, not allowed."""


class SecurityError(DatabaseError):
    """Row security is not as declared and could not be repaired; nothing was changed."""


class PasswordError(RefusedError):
    """The server does not let the role in with this password."""


class ConnectionLostError(DatabaseError):
    """The session ended. Whatever it had not committed is rolled back."""
