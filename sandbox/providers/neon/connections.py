"""The connection to a branch: its endpoint, its first database and the database's owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.providers.core import ProviderError
from sandbox.providers.neon.client import Client, oldest, path, pooled

Documents = Sequence[Mapping[str, Any]]


def connection(client: Client, project: str, branch: str, endpoints: Documents, databases: Documents) -> dict[str, Any]:
    """Return the outputs with the host, database, owner and password of a project's default branch.

    They are those of the oldest read-write endpoint and the oldest database, whatever their names.
    """
    endpoint = oldest(
        endpoints, lambda e: not e.get("disabled") and e.get("type") == "read_write" and e.get("branch_id") == branch
    )
    database = oldest(databases, lambda d: d.get("branch_id") == branch)
    if not endpoint or not database:
        missing = "database" if endpoint else "read-write endpoint that is enabled"
        raise ProviderError(
            f"the default branch {branch} of the Neon project {project} has no {missing}; the official provider "
            "crashes here"
        )
    owner, name, host = database["owner_name"], database["name"], endpoint["host"]
    answer = client.call("GET", path("projects", project, "branches", branch, "roles", owner, "reveal_password"))
    password = answer["password"]
    return {
        "databaseHost": host,
        "databaseHostPooler": pooled(host),
        "databaseName": name,
        "databaseUser": owner,
        "databasePassword": password,
        "connectionUri": f"postgres://{owner}:{password}@{host}/{name}?sslmode=require",
        "connectionUriPooler": f"postgres://{owner}:{password}@{pooled(host)}/{name}?sslmode=require",
        "defaultEndpointId": endpoint["id"],
    }


def read_connection(client: Client, project: str, branch: str) -> dict[str, Any]:
    """Return the same, read from the API."""
    base = ("projects", project, "branches", branch)
    endpoints = client.call("GET", path(*base, "endpoints"))["endpoints"]
    databases = client.call("GET", path(*base, "databases"))["databases"]
    return connection(client, project, branch, endpoints, databases)
