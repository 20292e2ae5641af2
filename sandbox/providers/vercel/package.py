"""The package: its resource types, its configuration, its team."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sandbox.providers.core import ApiError, Connection, Package, ProviderError, Resource, schema
from sandbox.providers.vercel.client import Client, connect, segment
from sandbox.providers.vercel.deployment import Deployment
from sandbox.providers.vercel.project import Project, get_project
from sandbox.providers.vercel.project_domain import ProjectDomain
from sandbox.providers.vercel.variables import ProjectEnvironmentVariable, ProjectEnvironmentVariables

_TOKEN = re.compile("[0-9a-zA-Z]{24}")


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """Pauses between calls, in seconds."""

    deployment: float = 1.0
    """The interval between polls of a deployment; the official plugin's is 5."""
    propagation: float = 5.0
    """The pause between deleting and recreating variables, as in the official plugin."""


class Vercel(Package):
    """The package for the API and Vercel's two public lists under `base`, with `token` as the default."""

    name = "vercel"
    version = "5.21.1"

    def __init__(self, base: str, token: str, pauses: Pauses | None = None) -> None:
        self._base = base
        self._token = token
        self._pauses = pauses or Pauses()

    def check(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Yield an error in the token's format."""
        token = config.get("apiToken")
        if isinstance(token, str) and not _TOKEN.search(token):
            yield (
                "Invalid api_token. api_token (VERCEL_API_TOKEN) must be 24 characters and only contain characters "
                "0-9, a-z and A-Z."
            )

    def connect(self, config: Mapping[str, Any]) -> Connection:
        """Return the connection; this looks up the team on every run."""
        api = connect(f"{self._base}/vercel", str(config.get("apiToken") or self._token))
        lists = {name: replace(api, base=f"{self._base}/{name}", token="") for name in ("dcs", "frameworks")}
        client = Client(api=api, regions=lists["dcs"], frameworks=lists["frameworks"])
        if config.get("team"):
            client = replace(client, team_id=_team(client, str(config["team"])))
        declared = schema.load(self.name)

        def of(name: str) -> schema.Resource:
            return declared[f"vercel:index/{name[0].lower()}{name[1:]}:{name}"]

        resources: list[Resource] = [
            Project(of("Project"), client),
            ProjectDomain(of("ProjectDomain"), client),
            ProjectEnvironmentVariable(of("ProjectEnvironmentVariable"), client),
            ProjectEnvironmentVariables(of("ProjectEnvironmentVariables"), client, self._pauses.propagation),
            Deployment(of("Deployment"), client, self._pauses.deployment),
        ]
        return Connection(
            resources={resource.declared.token: resource for resource in resources},
            functions={"vercel:index/getProject:getProject": partial(get_project, client)},
            cancel=api.stop.set,
        )


def _team(client: Client, name: str) -> str:
    try:
        team = client.call("GET", f"/v2/teams/{segment(name)}")
    except ApiError as error:
        if error.status != 404:
            raise ProviderError(f"Could not read Vercel Team {name}, unexpected error: {error}") from error
        raise ProviderError(
            "You provided a `team` field on the Vercel provider, but the team could not be found. Please check the "
            f"team slug or ID is correct and that your api_token has access to the team. ({error})"
        ) from error
    return str(team["id"])
