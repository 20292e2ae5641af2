"""Requests to one vendor: timeouts, retries, and the classification of failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import httpx

from vendors.access import is_loopback
from vendors.errors import (
    BusyError,
    MissingError,
    RefusedAccessError,
    RefusedRequestError,
    UnreachableError,
    VendorError,
)

Json = Any
"""A JSON value."""

PATIENCE = 20.0
"""Seconds until a vendor counts as unreachable, retries included."""
CONNECTION_SECONDS = 5.0
ANSWER_SECONDS = 15.0
ATTEMPTS = 3
"""Maximum number of retries after a broken connection or a server failure."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 4.0
"""Seconds; each pause is twice as long as the previous one."""

_REPEATABLE = frozenset({"GET", "HEAD"})
_LATER = frozenset({423, 429})
"""Locked by unfinished work, and too many requests: nothing has happened, so both are retried."""
_REFUSED = (401, 403)
_LONGEST_WORDS = 300
"""How many characters of a non-JSON answer are shown."""

Words = Callable[[Json], tuple[str, str]]
"""Extracts the vendor's own code and text from an error's JSON."""


@dataclass(frozen=True, kw_only=True)
class Api:
    """One vendor's API. Thread-safe."""

    vendor: str
    base: str
    """URL without a trailing slash."""
    token: str = field(repr=False)
    words: Words
    query: Mapping[str, str] = field(default_factory=dict)
    """Query parameters of every request."""
    patience: float = PATIENCE
    client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECTION_SECONDS)
        # The environment's proxies and certificate authorities are meant for the vendors, never for this machine.
        here = is_loopback(self.base)
        # Reading the authorities takes longer than this machine takes to answer, and without TLS nobody needs them.
        plain = here and self.base.startswith("http:")
        client = httpx.Client(timeout=timeout, trust_env=not here, verify=not plain)
        object.__setattr__(self, "client", client)

    def asking(self, **query: str) -> Api:
        """The same API over the same connections, with extra query parameters in every request."""
        api = copy(self)
        object.__setattr__(api, "query", {**self.query, **query})
        return api

    def close(self) -> None:
        """Close its connections. No call is possible afterwards."""
        self.client.close()

    def get(self, path: str, **query: str | int) -> Json:
        """The JSON body of the answer. Raises VendorError."""
        return self.call("GET", path, query=query)

    def download(self, path: str) -> tuple[Mapping[str, str], bytes]:
        """Headers (names in lower case) and bytes of an answer that need not be JSON. Raises VendorError."""
        found: tuple[Mapping[str, str], bytes] = self.call("GET", path, raw=True)
        return found

    def find(self, path: str, **query: str | int) -> Json:
        """As `get`, but None if the resource does not exist."""
        try:
            return self.get(path, **query)
        except MissingError:
            return None

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        json: Json = None,
        raw: bool = False,
    ) -> Json:
        """The JSON of a successful answer, None if it is empty; with `raw` headers and bytes. Raises VendorError.

        After a broken connection or a server failure, only requests that change nothing are retried. A request refused
        by a rate limit or a lock did nothing either; it is retried for as long as patience lasts.
        """
        deadline = time.monotonic() + self.patience
        pause = FIRST_PAUSE
        broken = 0
        while True:
            failure, wait = self._attempt(method, path, query, json, deadline, raw=raw)
            if not isinstance(failure, VendorError):
                return failure
            broken += not isinstance(failure, BusyError)
            pause, seconds = min(pause * 2, LONGEST_PAUSE), max(pause, wait or 0.0)
            if wait is None or broken == ATTEMPTS or time.monotonic() + seconds >= deadline:
                raise failure
            time.sleep(seconds)

    def _attempt(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        json: Json,
        deadline: float,
        *,
        raw: bool,
    ) -> tuple[Json, float | None]:
        """The JSON (or headers and bytes) or the error of one request, and the seconds until a retry, if any."""
        place = f"{method} {path}"
        left = max(0.1, deadline - time.monotonic())
        timeout = httpx.Timeout(min(ANSWER_SECONDS, left), connect=min(CONNECTION_SECONDS, left))
        try:
            response = self.client.request(
                method,
                self.base + path,
                params={**self.query, **(query or {})},
                json=json,
                headers={"Authorization": f"Bearer {self.token}"},
                timeout=timeout,
            )
            if raw and response.is_success:
                return (response.headers, response.content), None
            body = response.json() if response.content else None
        except httpx.TransportError as error:
            return self._unreachable(place, str(error) or type(error).__name__), self._again(method)
        except (ValueError, httpx.HTTPError):
            words = " ".join(response.text.split())[:_LONGEST_WORDS]
            what = f"answered with something that is not JSON (status {response.status_code}): {words}"
            return self._unreachable(place, what), self._again(method)
        if response.is_success:
            return body, None
        return self._refusal(place, response, body), self._repetition(method, response)

    def _again(self, method: str) -> float | None:
        return 0.0 if method in _REPEATABLE else None

    def _repetition(self, method: str, response: httpx.Response) -> float | None:
        if response.status_code in _LATER:
            after = response.headers.get("retry-after", "")
            return float(after) if after.isdecimal() else 0.0
        return self._again(method) if response.is_server_error else None

    def _unreachable(self, place: str, reason: str) -> UnreachableError:
        what = f"cannot be reached: {place}: {reason}"
        remedy = f"{self.base} must be reachable from here; check proxies, firewalls and the vendor's status page."
        return UnreachableError(self.vendor, what, remedy)

    def _refusal(self, place: str, response: httpx.Response, body: Json) -> VendorError:
        try:
            code, text = self.words(body)
        except (AttributeError, LookupError, TypeError):
            code, text = "", str(body)[:_LONGEST_WORDS]
        status = response.status_code
        answer = f"{place}: {status} {response.reason_phrase}: {text}"
        if status in _REFUSED:
            remedy = "The credential must be valid, for the right account, and allowed to do this."
            return RefusedAccessError(self.vendor, f"refuses access: {answer}", remedy)
        if response.is_server_error or status in _LATER:
            remedy = "Try again later; see the vendor's status page."
            trouble = BusyError if status in _LATER else UnreachableError
            return trouble(self.vendor, f"does not answer properly: {answer}", remedy)
        kind = MissingError if status == httpx.codes.NOT_FOUND else RefusedRequestError
        remedy = "The vendor's answer names the reason."
        return kind(self.vendor, f"refuses the request: {answer}", remedy, status=status, code=code)
