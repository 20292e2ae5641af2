"""Neon's API as the community's provider uses it: it waits for locks and operations, and has one error format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx

from sandbox.providers.core import Api, ApiError, RetryRule, Value

ATTEMPTS = 120
RETRY_SECONDS = 1.0
OPERATION_POLL_SECONDS = 0.1

_RETRIED = frozenset({423, 429, 500})
"""Locked, rate limited, failed: the provider retries each of them, at a fixed interval."""

_UNFINISHED = {"running", "scheduling"}


def connect(base: str, key: str, retry_seconds: float = RETRY_SECONDS) -> Client:
    """Return a client of the API at `base`."""
    rule = RetryRule(
        attempts=ATTEMPTS, statuses=_RETRIED, connection=False, delay=lambda _attempt, _headers: retry_seconds
    )
    return Client(Api(base=base, token=key, retry=rule, describe=_describe))


def _describe(response: httpx.Response) -> tuple[str, str]:
    try:
        body = response.json()
    except ValueError:
        return "", response.text[:500]
    code = str(body.get("code", "")) if isinstance(body, Mapping) else ""
    message = body.get("message", "") if isinstance(body, Mapping) else ""
    return code, f"[HTTP Code: {response.status_code}][Error Code: {code}] {message}"


@dataclass(frozen=True)
class Client:
    """The API."""

    api: Api

    def call(self, method: str, path: str, **options: Value) -> Value:
        """Return the response, once the operations that it lists have ended."""
        answer = self.api.call(method, path, **options)
        for operation in (answer or {}).get("operations", []):
            self._wait(operation)
        return answer

    def delete(self, path: str) -> None:
        """Send a DELETE; as for the provider, 404 and 422 count as deleted."""
        try:
            self.call("DELETE", path)
        except ApiError as error:
            if error.status not in (404, 422):
                raise

    def find(self, path: str) -> Value:
        """Return the response, or None for 404."""
        try:
            return self.call("GET", path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def _wait(self, operation: Mapping[str, Any]) -> None:
        """Poll an operation without a timeout, and retry after transient errors."""
        once = replace(self.api, retry=replace(self.api.retry, attempts=1))
        path = f"/projects/{segment(operation['project_id'])}/operations/{segment(operation['id'])}"
        while operation.get("status") in _UNFINISHED:
            self.api.wait(OPERATION_POLL_SECONDS)
            try:
                operation = once.call("GET", path)["operation"]
            except ApiError as error:
                if error.status not in _RETRIED:
                    return


def segment(value: Value) -> str:
    """Return one segment of a path."""
    return quote(str(value), safe="")


def path(*segments: Value) -> str:
    """Return a path from its segments, each quoted."""
    return "".join(f"/{segment(part)}" for part in segments)


def pooled(host: str) -> str:
    """Return the host of an endpoint's connection pooler."""
    name, dot, domain = host.partition(".")
    return f"{name}-pooler.{domain}" if dot else ""


def oldest(items: Iterable[Mapping[str, Any]], fits: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
    """Return the oldest item that matches; empty if none does."""
    found = [item for item in items if fits(item)]
    return min(found, key=lambda item: str(item.get("created_at", ""))) if found else {}


def tristate(value: Value) -> bool | None:
    """Return the provider's third kind of boolean: "yes", "no" or nothing."""
    return {"yes": True, "no": False}.get(value) if isinstance(value, str) else None


def tristate_problem(name: str, value: Value) -> str | None:
    """Return the error in such a boolean, or None."""
    if isinstance(value, str) and value not in ("yes", "no", ""):
        return f"attribute {name} does not support value {value}. Supported values: 'yes', 'no', ''."
    return None
