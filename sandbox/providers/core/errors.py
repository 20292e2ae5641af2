"""Errors of a provider, and how the engine sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ProviderError(Exception):
    """An operation failed and changed nothing that is not already known; the text is shown to the person."""


class CancelledError(ProviderError):
    """The engine requested a stop."""


class HalfMadeError(ProviderError):
    """The resource was created or changed, but a later step failed: the engine must keep what exists."""

    def __init__(self, reason: str, identifier: str, state: Mapping[str, Any]) -> None:
        super().__init__(reason)
        self.identifier = identifier
        self.state = state


class ApiError(ProviderError):
    """The vendor's API answered with an error; the text carries method, path, status and the vendor's message."""

    def __init__(self, message: str, status: int, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
