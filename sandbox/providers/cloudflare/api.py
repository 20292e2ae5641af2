"""Cloudflare's API as its SDK uses it: two retries with exponential backoff, errors with the response's body."""

from __future__ import annotations

import json
from collections.abc import Mapping

import httpx

from sandbox.providers.core import Api, RetryRule, retry_after

_LONGEST_PAUSE_SECONDS = 8.0

_RETRY = RetryRule(
    attempts=3,
    statuses=frozenset({408, 409, 429, *range(500, 600)}),
    connection=True,
    delay=lambda attempt, headers: retry_after(headers, min(0.5 * 2 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)),
)


def connect(base: str, token: str) -> Api:
    """Return a client of the API at `base` (which ends in `/client/v4`)."""
    return Api(base=base, token=token, retry=_RETRY, describe=_describe)


def _describe(response: httpx.Response) -> tuple[str, str]:
    try:
        body = response.json()
    except ValueError:
        return "", response.text[:500]
    errors = body.get("errors") if isinstance(body, Mapping) else None
    code = str(errors[0].get("code", "")) if errors else ""
    return code, json.dumps(body, separators=(",", ":"))
