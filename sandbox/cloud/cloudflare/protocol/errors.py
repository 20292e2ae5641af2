"""Cloudflare's error responses: a status, and a list of codes with messages."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A response with `success: false`. Codes and messages are the vendor's unless docs/sandbox.md notes otherwise."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        chain: tuple[tuple[int, str], ...] = (),
        pointer: str | None = None,
    ) -> None:
        """`chain` lists the causes. `pointer` is the path of the invalid field, as the ruleset engine reports it."""
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.chain = chain
        self.pointer = pointer

    def document(self) -> dict[str, Any]:
        """Return the body of the response."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.chain:
            error["error_chain"] = [{"code": code, "message": message} for code, message in self.chain]
        if self.pointer is not None:
            error["source"] = {"pointer": self.pointer}
        return {"result": None, "success": False, "errors": [error], "messages": []}


def no_route(path: str) -> ApiError:
    """Return the error for a path without a resource, usually because an identifier in it is malformed."""
    return ApiError(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")


def wrong_method(method: str) -> ApiError:
    """Return the error for a path that does not support this method."""
    return ApiError(405, 7001, f"Method {method} not available for that URI.")


def not_authorized() -> ApiError:
    """Return the error for a valid token without access to this account or zone."""
    return ApiError(403, 10000, "Authentication error")


def not_yours() -> ApiError:
    """Return the error for a valid token without access to the requested account or zone itself."""
    return ApiError(403, 9109, "Unauthorized to access requested resource")


def malformed_json(field: str | None = None) -> ApiError:
    """Return the error for a body that is not valid JSON or not an object, or whose field has the wrong type."""
    return ApiError(400, 6007, "Malformed JSON in request body" + (f": wrong type of {field}" if field else ""))
