"""HTTP to one vendor's API: its credentials, retries and error format."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

from sandbox.providers.core.errors import ApiError, CancelledError, ProviderError
from sandbox.providers.core.values import Value

TIMEOUT_SECONDS = 60.0
"""The timeout of one request, no longer than in the vendors' own clients."""


@dataclass(frozen=True, kw_only=True)
class RetryRule:
    """When a request is retried, and the backoff."""

    attempts: int
    """The most requests, including the first one."""
    statuses: frozenset[int]
    connection: bool
    """Whether a broken connection is retried too."""
    delay: Callable[[int, Mapping[str, str]], float | None]
    """Seconds before retry N (from 1), given the response's headers; None for no further retry."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """One vendor's API at `base`, a URL on loopback. Thread-safe."""

    base: str
    token: str
    """The bearer token; empty for an unauthenticated API."""
    retry: RetryRule
    describe: Callable[[httpx.Response], tuple[str, str]]
    """Extracts the vendor's code and text from an error response."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set when the engine cancels: ends every wait."""
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False))

    def call(self, method: str, path: str, **options: Value) -> Value:
        """Return the response's JSON (None if empty). Raises ApiError, ProviderError (no response), CancelledError."""
        response = self.send(method, path, **options)
        return response.json() if response.content else None

    def send(self, method: str, path: str, **options: Value) -> httpx.Response:
        """Return the successful response itself. Raises like `call`."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        for attempt in range(1, self.retry.attempts + 1):
            seconds: float | None = None
            failure: ProviderError
            try:
                response = self.client.request(method, self.base + path, headers=headers, **options)
            except httpx.TransportError as error:
                failure = ProviderError(f"{method} {self.base}{path}: no response ({error or type(error).__name__})")
                if self.retry.connection:
                    seconds = self.retry.delay(attempt, {})
            else:
                if response.is_success:
                    return response
                failure = self._failure(response)
                if response.status_code in self.retry.statuses:
                    seconds = self.retry.delay(attempt, response.headers)
            if seconds is None or attempt == self.retry.attempts:
                raise failure
            self.wait(seconds)
        raise AssertionError("a retry rule allows at least one attempt")

    def wait(self, seconds: float) -> None:
        """Sleep, unless the engine cancels."""
        if self.stop.wait(seconds):
            raise CancelledError("cancelled")

    def _failure(self, response: httpx.Response) -> ApiError:
        code, message = self.describe(response)
        request = response.request
        path = request.url.raw_path.decode()
        status = f"{response.status_code} {response.reason_phrase}".strip()
        return ApiError(f'{request.method} "{path}": {status}: {message}', response.status_code, code)


def retry_after(headers: Mapping[str, str], fallback: float) -> float:
    """Return the seconds of a Retry-After header, or `fallback` if it is not a whole number."""
    value = headers.get("retry-after", "")
    return float(value) if value.isdecimal() else fallback
