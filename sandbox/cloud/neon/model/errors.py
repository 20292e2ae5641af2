"""How Neon's API refuses: a status, a machine's code that is often empty, and a sentence.

Texts and codes were seen in public reports of the real API (the provider's issues, client libraries, logs) where such
exist; the others say the same in its manner. Clients decide by the status: 423, 429 and 500 are tried again.
"""

from __future__ import annotations

from starlette.responses import JSONResponse

from sandbox.cloud.neon.model import naming


class ApiError(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    def response(self) -> JSONResponse:
        """The error as it goes over the wire."""
        body = {"request_id": naming.request_id(), "code": self.code, "message": self.message}
        return JSONResponse(body, self.status)


def unauthorized() -> ApiError:
    """No key, or not this sandbox's."""
    return ApiError(401, "supplied credentials do not pass authentication")


def not_found(what: str) -> ApiError:
    """`what` is the kind of thing: project, branch, endpoint, role, database, operation."""
    return ApiError(404, f"{what} not found")


def locked() -> ApiError:
    """Other work is going on there. Nothing was changed, and the call may be retried."""
    message = "project already has running conflicting operations, scheduling of new ones is prohibited"
    return ApiError(423, message)


def invalid(message: str) -> ApiError:
    """The request makes no sense."""
    return ApiError(400, message)


def refused(message: str, code: str = "") -> ApiError:
    """The request makes sense, but a rule forbids it."""
    return ApiError(422, message, code)


def exists(kind: str, name: str) -> ApiError:
    """The name is taken. `kind`: branch, role, database."""
    return ApiError(409, f'{kind} already exists; {kind}_name:"{name}"', f"{kind.upper()}_ALREADY_EXISTS")
