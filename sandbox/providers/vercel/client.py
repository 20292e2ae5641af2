"""Vercel's API as the official plugin uses it: a team in every call, waits for rate limits, errors with codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from sandbox.providers.core import Api, ApiError, ProviderError, RetryRule, Value, retry_after

_LONGEST_RATE_LIMIT_SECONDS = 300
_PAGE_SIZE = 100


def _rate_limit(_attempt: int, headers: Mapping[str, str]) -> float | None:
    seconds = retry_after(headers, 1.0)
    return seconds if seconds < _LONGEST_RATE_LIMIT_SECONDS else None


_RETRY = RetryRule(attempts=4, statuses=frozenset({429}), connection=False, delay=_rate_limit)


def connect(base: str, token: str) -> Api:
    """Return a client of the API at `base`."""
    return Api(base=base, token=token, retry=_RETRY, describe=_describe)


def _describe(response: httpx.Response) -> tuple[str, str]:
    try:
        body = response.json()
    except ValueError:
        return "", response.text[:500]
    error = body.get("error", {}) if isinstance(body, Mapping) else {}
    code = str(error.get("code", ""))
    texts = [str(failed.get("error", {}).get("message")) for failed in body.get("failed", [])]
    return code, f"{code} - {'; '.join(dict.fromkeys(texts)) or error.get('message', '')}"


@dataclass(frozen=True, kw_only=True)
class Client:
    """The API, on behalf of a team."""

    api: Api
    regions: Api
    frameworks: Api
    team_id: str = ""
    """The team of the provider's configuration; a resource may have its own."""

    def call(self, method: str, path: str, team: Value = None, **options: Value) -> Value:
        """Return the response to a call on behalf of the resource's team, or the provider's."""
        params = {**options.pop("params", {}), **({"teamId": self.team(team)} if self.team(team) else {})}
        return self.api.call(method, path, params=params, **options)

    def team(self, team: Value) -> str:
        """Return the resource's team, or the provider's; empty for none."""
        return str(team) if team else self.team_id

    def project(self, identifier: str, team: Value) -> dict[str, Any]:
        """Return a project. Raises ProviderError with the official plugin's message if it does not exist."""
        try:
            project = self.call("GET", f"/v10/projects/{segment(identifier)}", team)
        except ApiError as error:
            if error.status != 404:
                raise
            raise ProviderError(
                "Could not find project, please make sure both the project_id and team_id match the project and team "
                f"you wish to deploy to ({error})"
            ) from error
        return dict(project)

    def environment(self, project: str, team: Value) -> list[dict[str, Any]]:
        """Return all environment variables of a project, without duplicates."""
        found: dict[str, dict[str, Any]] = {}
        until: dict[str, Any] = {}
        while True:
            params = {"decrypt": "true", "limit": str(_PAGE_SIZE), **until}
            answer = self.call("GET", f"/v8/projects/{segment(project)}/env", team, params=params)
            found |= {item["id"]: item for item in answer["envs"]}
            following = (answer.get("pagination") or {}).get("next")
            if not following:
                return list(found.values())
            until = {"until": str(following)}

    def team_state(self, team: Value) -> dict[str, str]:
        """Return the output `teamId`."""
        return {"teamId": self.team(team)} if self.team(team) else {}


def segment(value: Value) -> str:
    """Return one segment of a path."""
    return quote(str(value), safe="")


def imported_parts(identifier: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the parts of an import id, which is `names` after an optional team: (team or "", part, …)."""
    parts = identifier.split("/")
    if not all(parts) or len(parts) not in (len(names), len(names) + 1):
        plain = "/".join(names)
        raise ProviderError(f'Invalid id "{identifier}" specified. should be in format "team_id/{plain}" or "{plain}"')
    return tuple(parts) if len(parts) > len(names) else ("", *parts)
