"""Vercel's error responses: a status, a code, a message, and sometimes details."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A response with an `error` object."""

    def __init__(self, status: int, code: str, message: str, **details: Any) -> None:  # noqa: ANN401 -- JSON
        super().__init__(f"{code}: {message}")
        self.status = status
        self.error: dict[str, Any] = {"code": code, "message": message, **details}
        self.beside: dict[str, Any] = {}
        """Other keys of the body, next to `error`."""

    def document(self) -> dict[str, Any]:
        """Return the body of the response."""
        return {"error": self.error, **self.beside}


def bad_request(message: str) -> ApiError:
    """Return the error for a request that violates its schema."""
    return ApiError(400, "bad_request", message)


def not_found(what: str) -> ApiError:
    """Return the error for a resource that does not exist in this scope."""
    return ApiError(404, "not_found", f"{what} not found")
