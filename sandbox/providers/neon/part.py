"""The common parts of resources within a project."""

from __future__ import annotations

from sandbox.providers.core import ProviderError, Resource, schema
from sandbox.providers.neon.client import Client


class Part(Resource):
    """A resource within a project."""

    def __init__(self, declared: schema.Resource, client: Client) -> None:
        super().__init__(declared)
        self.client = client


def split(identifier: str, form: str) -> list[str]:
    """Return the parts of an import id. Raises ProviderError, which names the expected format."""
    parts = identifier.split("/")
    if len(parts) != form.count("/") + 1 or not all(parts):
        raise ProviderError(f"invalid identifier {identifier}, expected {form}")
    return parts


def place_of(identifier: str) -> dict[str, str]:
    """Return the project, branch and name from the id of a role or database."""
    names = ("projectId", "branchId", "name")
    return dict(zip(names, split(identifier, "{{.ProjectID}}/{{.BranchID}}/{{.Name}}"), strict=True))
