"""The package: `terraform-provider`, parameterized with the community's Neon provider."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sandbox.providers.core import Connection, Package, ProviderError, schema
from sandbox.providers.neon import functions
from sandbox.providers.neon.branch import Branch
from sandbox.providers.neon.client import RETRY_SECONDS, connect
from sandbox.providers.neon.database import Database
from sandbox.providers.neon.endpoint import Endpoint
from sandbox.providers.neon.project import Project
from sandbox.providers.neon.role import Role

_REMOTE = {"url": "registry.opentofu.org/kislerdm/neon", "version": "0.15.0"}
_RESOURCES = (Project, Branch, Endpoint, Role, Database)
_FUNCTIONS = {
    "getProject": functions.get_project,
    "getBranches": functions.get_branches,
    "getBranchEndpoints": functions.get_branch_endpoints,
    "getBranchRoles": functions.get_branch_roles,
    "getBranchRolePassword": functions.get_branch_role_password,
}


class Neon(Package):
    """The package for the API at `base`, with `key` as the default for programs that configure none."""

    name = "terraform-provider"
    version = "1.4.1"

    def __init__(self, base: str, key: str, retry_seconds: float = RETRY_SECONDS) -> None:
        self._base = base
        self._key = key
        self._retry_seconds = retry_seconds

    def parameterize(self, name: str, version: str, value: bytes) -> tuple[str, str]:
        """Accept only the one provider in the one version that the sandbox serves."""
        try:
            remote = json.loads(value)["remote"]
        except (ValueError, KeyError, TypeError):
            remote = None
        if name != "neon" or version != _REMOTE["version"] or remote != _REMOTE:
            wanted = f"{_REMOTE['url']} {_REMOTE['version']} as neon"
            raise ProviderError(f"the sandbox serves {wanted}, not {name} {version} ({remote})")
        return name, version

    def check(self, config: Mapping[str, Any]) -> Iterator[str]:
        """Yield an error for an empty key."""
        if config.get("apiKey") == "":
            yield "failed to initialize the Neon client: the API key (NEON_API_KEY) must not be empty"

    def connect(self, config: Mapping[str, Any]) -> Connection:
        """Return the connection, without a call to the API."""
        client = connect(self._base, str(config.get("apiKey") or self._key), self._retry_seconds)
        declared = schema.load("neon")
        names = {kind: f"neon:index/{kind.__name__.lower()}:{kind.__name__}" for kind in _RESOURCES}
        return Connection(
            resources={token: kind(declared[token], client) for kind, token in names.items()},
            functions={f"neon:index/{name}:{name}": partial(call, client) for name, call in _FUNCTIONS.items()},
            cancel=client.api.stop.set,
        )
