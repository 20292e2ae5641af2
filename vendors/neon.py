"""Neon's API: projects, branches, roles and databases, as the API returns them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vendors.access import Access
from vendors.api import PATIENCE, Api, Json

Document = dict[str, Any]

_PAGE = 100


@dataclass(frozen=True)
class Neon:
    """The API on behalf of a key. Every method raises VendorError."""

    api: Api

    @classmethod
    def connect(cls, access: Access, *, patience: float = PATIENCE) -> Neon:
        """Makes no request yet."""
        return cls(Api(vendor="Neon", base=access.neon_url, token=access.neon_key, words=_words, patience=patience))

    def projects(self, organization: str, search: str = "") -> list[Document]:
        """The projects of an organization whose name or id contains `search`."""
        found: list[Document] = []
        query: dict[str, str | int] = {"org_id": organization, "limit": _PAGE}
        if search:
            query["search"] = search
        while True:
            answer = self.api.get("/projects", **query)
            found += answer["projects"]
            cursor = (answer.get("pagination") or {}).get("cursor")
            if not cursor or len(answer["projects"]) < _PAGE:
                return found
            query["cursor"] = str(cursor)

    def delete_project(self, project: str) -> None:
        """Delete a project with all its branches and databases."""
        self.api.call("DELETE", f"/projects/{_segment(project)}")

    def organization(self, organization: str) -> Document:
        """An organization, by its id."""
        return dict(self.api.get(f"/organizations/{_segment(organization)}"))

    def project(self, project: str) -> Document:
        """One project, by its id."""
        return dict(self.api.get(f"/projects/{_segment(project)}")["project"])

    def endpoints(self, project: str) -> list[Document]:
        """The endpoints of a project's branches."""
        return list(self.api.get(f"/projects/{_segment(project)}/endpoints")["endpoints"])

    def roles(self, project: str, branch: str) -> list[Document]:
        """The roles of a branch that were made through the API."""
        return list(self.api.get(f"/projects/{_segment(project)}/branches/{_segment(branch)}/roles")["roles"])

    def auth(self, project: str, branch: str) -> Document | None:
        """Neon Auth of a branch, or None if it has none."""
        found = self.api.find(f"/projects/{_segment(project)}/branches/{_segment(branch)}/auth")
        return None if found is None else dict(found)

    def branches(self, project: str) -> list[Document]:
        """The branches of a project, including its default."""
        found: list[Document] = []
        cursor: dict[str, str] = {}
        while True:
            answer = self.api.get(f"/projects/{_segment(project)}/branches", **cursor)
            found += answer["branches"]
            pages = answer.get("pagination") or {}
            after = pages.get("next") or pages.get("cursor")
            if not after or len(answer["branches"]) < _PAGE:
                return found
            cursor = {"cursor": str(after)}

    def databases(self, project: str, branch: str) -> list[Document]:
        """The databases of a branch: name and owner_name."""
        return list(self.api.get(f"/projects/{_segment(project)}/branches/{_segment(branch)}/databases")["databases"])

    def connection_uri(self, project: str, *, database: str, role: str, branch: str = "") -> str:
        """A URL with the role's password, on the direct host of a branch, by default the default one."""
        query = {"database_name": database, "role_name": role} | ({"branch_id": branch} if branch else {})
        return str(self.api.get(f"/projects/{_segment(project)}/connection_uri", **query)["uri"])


def _words(body: Json) -> tuple[str, str]:
    return str(body.get("code", "")), str(body["message"])


def _segment(value: str) -> str:
    return quote(value, safe="")
