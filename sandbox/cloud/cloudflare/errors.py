"""Cloudflare's error answers: a status, and a list of codes with messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ApiError(Exception):
    """An answer with `success: false`. Codes and messages are the vendor's, each cited in docs/sandbox.md."""

    status: int
    code: int
    message: str
    chain: tuple[tuple[int, str], ...] = ()
    """Codes and messages of the causes."""
    pointer: str | None = None
    """JSON pointer to the wrong field, as the ruleset engine gives it."""

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.chain:
            error["error_chain"] = [{"code": code, "message": message} for code, message in self.chain]
        if self.pointer is not None:
            error["source"] = {"pointer": self.pointer}
        return {"result": None, "success": False, "errors": [error], "messages": []}


def no_route(path: str) -> ApiError:
    """The path names nothing, mostly because an identifier in it is malformed."""
    return ApiError(404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?")


def wrong_method(method: str) -> ApiError:
    """The path exists, but not for this method."""
    return ApiError(405, 7001, f"Method {method} not available for that URI.")


NOT_AUTHORIZED = ApiError(403, 10000, "Authentication error")
"""The token is valid, but not for this account or zone."""

NOT_YOURS = ApiError(403, 9109, "Unauthorized to access requested resource")
"""The same, where the account or the zone itself is asked for."""

MALFORMED_JSON = ApiError(400, 6007, "Malformed JSON in request body")
