"""Errors of Neon's API: a status, a machine-readable code that is often empty, and a message.

Texts and codes come from public reports of the real API (the provider's issues, client libraries, logs) where there are
any; the others imitate its style. Clients decide by the status: they retry 423, 429 and 500.
"""

from __future__ import annotations

from starlette.responses import JSONResponse

from sandbox.cloud.neon.model import naming


class ApiError(Exception):
    """An error response."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    def response(self) -> JSONResponse:
        """Return the HTTP response for the error."""
        body = {"request_id": naming.request_id(), "code": self.code, "message": self.message}
        return JSONResponse(body, self.status)


def unauthorized() -> ApiError:
    """Return the error for a missing key, or one that is not this sandbox's."""
    return ApiError(401, "supplied credentials do not pass authentication")


def not_found(what: str) -> ApiError:
    """Return the error for a missing resource; `what`: project, branch, endpoint, role, database, operation."""
    return ApiError(404, f"{what} not found")


def locked() -> ApiError:
    """Return the error while conflicting work is going on. Nothing was changed, and the call may be retried."""
    message = "project already has running conflicting operations, scheduling of new ones is prohibited"
    return ApiError(423, message)


def invalid(message: str) -> ApiError:
    """Return the error for a malformed request."""
    return ApiError(400, message)


def refused(message: str, code: str = "") -> ApiError:
    """Return the error for a well-formed request that a rule forbids."""
    return ApiError(422, message, code)


def exists(kind: str, name: str) -> ApiError:
    """Return the error for a name that is taken. `kind`: branch, role, database."""
    return ApiError(409, f'{kind} already exists; {kind}_name:"{name}"', f"{kind.upper()}_ALREADY_EXISTS")
