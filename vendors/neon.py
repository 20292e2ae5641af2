"""Neon's API: projects, branches, roles and databases, as the API returns them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vendors.access import Access
from vendors.api import PATIENCE, Api, Json
from vendors.errors import UnreachableError

Document = dict[str, Any]

_PAGE = 100
OPERATION_SECONDS = 120.0
"""How long an operation of Neon may take: the first start of a compute of a large branch among them."""
_FIRST_LOOK, _LONGEST_LOOK = 0.1, 2.0
_ENDED = frozenset({"finished", "skipped"})
_FAILED = frozenset({"failed", "error", "cancelled"})


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

    def branch(self, project: str, branch: str) -> Document | None:
        """One branch, or None."""
        found = self.api.find(_branch(project, branch))
        return None if found is None else dict(found["branch"])

    def create_branch(self, project: str, asked: Document, endpoints: list[Document]) -> Document:
        """A branch, made with its endpoints: branch, endpoints, operations, which are not waited for."""
        path = f"/projects/{_segment(project)}/branches"
        return dict(self.api.call("POST", path, json={"branch": asked, "endpoints": endpoints}))

    def change_branch(self, project: str, branch: str, asked: Document) -> Document:
        """Change name, protection or `expires_at`."""
        return dict(self.api.call("PATCH", _branch(project, branch), json={"branch": asked})["branch"])

    def restore_branch(self, project: str, branch: str, *, timestamp: str, preserve_under_name: str) -> None:
        """Take a branch back to an earlier time of its own, and wait for it. What it was becomes another branch.

        `timestamp` is RFC 3339. The branch keeps its id and its endpoints.
        """
        asked = {"source_branch_id": branch, "source_timestamp": timestamp, "preserve_under_name": preserve_under_name}
        answer = self.api.call("POST", f"{_branch(project, branch)}/restore", json=asked)
        self.settle(project, answer.get("operations") or [])

    def delete_branch(self, project: str, branch: str) -> None:
        """Delete a branch with its endpoints and all that it holds, and wait for it."""
        answer = self.api.call("DELETE", _branch(project, branch)) or {}
        self.settle(project, answer.get("operations") or [])

    def branch_endpoints(self, project: str, branch: str) -> list[Document]:
        """The endpoints of a branch: id, host, type, branch_id."""
        return list(self.api.get(f"{_branch(project, branch)}/endpoints")["endpoints"])

    def create_endpoint(self, project: str, asked: Document) -> Document:
        """An endpoint of the branch `branch_id`; waits until it is there."""
        answer = self.api.call("POST", f"/projects/{_segment(project)}/endpoints", json={"endpoint": asked})
        self.settle(project, answer.get("operations") or [])
        return dict(answer["endpoint"])

    def reset_password(self, project: str, branch: str, role: str) -> str:
        """A new password for a role; the old one opens nothing once this returns."""
        answer = self.api.call("POST", f"{_branch(project, branch)}/roles/{_segment(role)}/reset_password")
        self.settle(project, answer.get("operations") or [])
        return str(answer["role"]["password"])

    def create_auth(self, project: str, branch: str, database: str) -> Document:
        """Switch Neon Auth on, with keys of its own."""
        asked = {"auth_provider": "better_auth", "database_name": database}
        return dict(self.api.call("POST", f"{_branch(project, branch)}/auth", json=asked))

    def delete_auth(self, project: str, branch: str) -> None:
        """Switch Neon Auth off, and forget its users and keys."""
        self.api.call("DELETE", f"{_branch(project, branch)}/auth", json={"delete_data": True})

    def settle(self, project: str, operations: list[Document], *, seconds: float = OPERATION_SECONDS) -> None:
        """Wait for operations. Raises UnreachableError where one fails or takes longer."""
        deadline = time.monotonic() + seconds
        for each in operations:
            pause = _FIRST_LOOK
            while (status := self._operation(project, str(each["id"]))) not in _ENDED:
                if status in _FAILED or time.monotonic() >= deadline:
                    what = f"did not finish {each['action']} (operation {each['id']}: {status})"
                    raise UnreachableError("Neon", what, "Run the same command again; the operation is named at Neon.")
                time.sleep(pause)
                pause = min(pause * 2, _LONGEST_LOOK)

    def _operation(self, project: str, operation: str) -> str:
        answer = self.api.get(f"/projects/{_segment(project)}/operations/{_segment(operation)}")
        return str(answer["operation"]["status"])


def _branch(project: str, branch: str) -> str:
    return f"/projects/{_segment(project)}/branches/{_segment(branch)}"


def _words(body: Json) -> tuple[str, str]:
    return str(body.get("code", "")), str(body["message"])


def _segment(value: str) -> str:
    return quote(value, safe="")
