"""A provider's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ProviderError(Exception):
    """An operation failed without unrecorded changes; the user sees the message."""


class CancelledError(ProviderError):
    """The engine cancelled the operation."""


class HalfMadeError(ProviderError):
    """The resource was created or changed, but a later step failed: the engine must keep what exists."""

    def __init__(self, reason: str, identifier: str, state: Mapping[str, Any]) -> None:
        super().__init__(reason)
        self.identifier = identifier
        self.state = state


class ApiError(ProviderError):
    """The vendor's API returned an error; the text has the method, path, status and vendor's message."""

    def __init__(self, message: str, status: int, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
