"""Domains of projects."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sandbox.providers.core import ApiError, HalfMadeError, Live, ProviderError, Resource, Value, schema
from sandbox.providers.vercel.client import Client, imported_parts, segment

_READY_TIMEOUT_SECONDS = 600.0
_READY_POLL_SECONDS = 5.0


class ProjectDomain(Resource):
    """A domain of a project; its id is the domain."""

    volatile = frozenset({"verified", "verifications", "misconfigured"})

    def __init__(self, declared: schema.Resource, client: Client) -> None:
        super().__init__(declared)
        self.client = client

    def create(self, planned: dict[str, Any]) -> Live:
        """Add the domain to an existing project, then check its DNS."""
        project, team, domain = planned["projectId"], planned.get("teamId"), planned["domain"]
        link = self.client.project(project, team).get("link") or {}
        if planned.get("gitBranch") and planned["gitBranch"] == link.get("productionBranch"):
            raise ProviderError(
                f"Could not add domain {domain} to project {project}, the git_branch specified is the production "
                "branch. If you want to use this domain as a production domain, please omit the git_branch field."
            )
        names = ("gitBranch", "customEnvironmentId", "redirect", "redirectStatusCode")
        body = {"name": domain, **{name: planned[name] for name in names if planned.get(name)}}
        answer = self.client.call("POST", f"/v10/projects/{segment(project)}/domains", team, json=body)
        return self._settled(planned, answer)

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the project's domain with the state of its DNS."""
        place = state
        if not state:
            team, project, domain = imported_parts(identifier, ("project_id", "domain"))
            place = {"teamId": team, "projectId": project, "domain": domain}
        try:
            answer = self.client.call("GET", _path(place), place.get("teamId"))
        except ApiError as error:
            if error.status == 404 and state:
                return None
            raise
        return self._live(place, answer, self._misconfigured(place))

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Change the branch and the redirect in place; omitted ones are removed."""
        body = {name: planned.get(name) for name in ("gitBranch", "redirect", "redirectStatusCode")}
        if planned.get("customEnvironmentId"):
            body["customEnvironmentId"] = planned["customEnvironmentId"]
        answer = self.client.call("PATCH", _path(planned), planned.get("teamId"), json=body)
        return self._settled(planned, answer)

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Remove the domain from its project."""
        try:
            self.client.call("DELETE", _path(state), state.get("teamId"))
        except ApiError as error:
            if error.status != 404:
                raise

    def _settled(self, planned: Mapping[str, Any], answer: Mapping[str, Any]) -> Live:
        """Return the domain with the state of its DNS, which `waitForReady` waits for."""
        misconfigured: Value = None
        try:
            deadline = time.monotonic() + _READY_TIMEOUT_SECONDS
            while True:
                misconfigured = self._misconfigured(planned)
                if not planned.get("waitForReady") or (answer.get("verified") and not misconfigured):
                    return self._live(planned, answer, misconfigured)
                if time.monotonic() > deadline:
                    raise ProviderError(f"Could not wait for domain {planned['domain']}: its DNS is not ready")
                self.client.api.wait(_READY_POLL_SECONDS)
                answer = self.client.call("GET", _path(planned), planned.get("teamId"))
        except ProviderError as error:
            live = self._live(planned, answer, misconfigured)
            raise HalfMadeError(str(error), live.identifier, live.state) from error

    def _misconfigured(self, place: Mapping[str, Any]) -> Value:
        config = self.client.call(
            "GET",
            f"/v6/domains/{segment(place['domain'])}/config",
            place.get("teamId"),
            params={"projectIdOrName": place["projectId"]},
        )
        return config.get("misconfigured", False)

    def _live(self, place: Mapping[str, Any], answer: Mapping[str, Any], misconfigured: Value) -> Live:
        state = {
            "domain": answer["name"],
            "projectId": answer.get("projectId", place["projectId"]),
            **self.client.team_state(place.get("teamId")),
            "verified": answer.get("verified", False),
            "verifications": answer.get("verification") or [],
            "misconfigured": misconfigured,
            "waitForReady": place.get("waitForReady"),
        }
        names = ("gitBranch", "customEnvironmentId", "redirect", "redirectStatusCode")
        state |= {name: answer.get(name) for name in names}
        return Live(str(answer["name"]), {name: value for name, value in state.items() if value is not None})


def _path(place: Mapping[str, Any]) -> str:
    return f"/v9/projects/{segment(place['projectId'])}/domains/{segment(place['domain'])}"
