"""Errors that say what happened, to what, and what to do next."""

from __future__ import annotations

from contract.problem import Problem


class DatabaseError(Problem):
    """Something about a database that the operator must know."""


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


class ConnectionLostError(DatabaseError):
    """The session ended; what it had not committed is undone."""
