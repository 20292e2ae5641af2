"""Vercel's API: projects, their domains, environment variables and deployments, as the API returns them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from vendors.access import Access
from vendors.api import PATIENCE, Api, Json

Document = dict[str, Any]

_PAGE = 100


@dataclass(frozen=True)
class Vercel:
    """The API on behalf of one team. Every method raises VendorError."""

    api: Api
    team: str = ""
    """The team's id, once it has been looked up."""

    @classmethod
    def connect(cls, access: Access, *, patience: float = PATIENCE) -> Vercel:
        """Looks the team up first, because Vercel would answer calls for an unknown team on behalf of somebody else."""
        api = Api(vendor="Vercel", base=access.vercel_url, token=access.vercel_token, words=_words, patience=patience)
        try:
            team = str(api.get(f"/v2/teams/{_segment(access.vercel_team)}")["id"])
        except BaseException:
            api.close()
            raise
        return cls(api.asking(teamId=team), team)

    def user(self) -> Document:
        """The token's user."""
        return dict(self.api.get("/v2/user")["user"])

    def own_team(self) -> Document:
        """The team."""
        return dict(self.api.get(f"/v2/teams/{_segment(self.team)}"))

    def aliases(self, project: str) -> list[Document]:
        """Hosts that lead to a deployment of the project, with the deployment's id."""
        return list(self._pages("/v4/aliases", "aliases", projectId=project))

    def newest_deployments(self, project: str, count: int) -> list[Document]:
        """The newest deployments of a project (by its id), at most 100."""
        return list(self.api.get("/v6/deployments", projectId=project, limit=count)["deployments"])

    def deployment(self, deployment: str) -> Document:
        """One deployment, by its id."""
        return dict(self.api.get(f"/v13/deployments/{_segment(deployment)}"))

    def project(self, name: str) -> Document | None:
        """The project of this name or id."""
        found = self.api.find(f"/v9/projects/{_segment(name)}")
        return None if found is None else dict(found)

    def projects(self) -> list[Document]:
        """All projects of the team."""
        return list(self._pages("/v9/projects", "projects"))

    def domains(self, project: str) -> list[Document]:
        """The domains of a project. Every project has one below vercel.app from the start."""
        return list(self._pages(f"/v9/projects/{_segment(project)}/domains", "domains"))

    def remove_domain(self, project: str, domain: str) -> None:
        """Detach a domain from a project."""
        self.api.call("DELETE", f"/v9/projects/{_segment(project)}/domains/{_segment(domain)}")

    def variables(self, project: str) -> list[Document]:
        """The environment variables of a project, without their values."""
        return list(self._pages(f"/v9/projects/{_segment(project)}/env", "envs"))

    def delete_variable(self, project: str, variable: str) -> None:
        """Delete an environment variable, by its id."""
        self.api.call("DELETE", f"/v9/projects/{_segment(project)}/env/{_segment(variable)}")

    def deployments(self, project: str, **filters: str) -> list[Document]:
        """Deployments of a project (by its id), newest first. The filters are the API's, such as target or state."""
        return list(self._pages("/v6/deployments", "deployments", projectId=project, **filters))

    def delete_deployment(self, deployment: str) -> None:
        """Delete a deployment, by its id."""
        self.api.call("DELETE", f"/v13/deployments/{_segment(deployment)}")

    def promote(self, project: str, deployment: str) -> None:
        """Let production's hosts be served by an earlier production deployment; not waited for."""
        self.api.call("POST", f"/v10/projects/{_segment(project)}/promote/{_segment(deployment)}")

    def _pages(self, path: str, name: str, **filters: str) -> Iterator[Document]:
        until: dict[str, str] = {}
        while True:
            answer = self.api.get(path, **filters, **until, limit=_PAGE)
            yield from answer[name]
            following = (answer.get("pagination") or {}).get("next")
            if not following:
                return
            until = {"until": str(following)}


def _words(body: Json) -> tuple[str, str]:
    error = body["error"]
    return str(error.get("code", "")), f"{error.get('code')} - {error.get('message')}"


def _segment(value: str) -> str:
    return quote(value, safe="")
