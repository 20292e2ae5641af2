"""Deployments of a project's git repository."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.core import ApiError, HalfMadeError, Live, ProviderError, Resource, schema
from sandbox.providers.vercel.client import Client, imported_parts, segment

_SETTINGS = ("buildCommand", "framework", "installCommand", "outputDirectory")


class _FailedError(ProviderError):
    """The deployment has failed."""


class Deployment(Resource):
    """One deployment. It never changes, and is never deleted unless `deleteOnDestroy` is set."""

    def __init__(self, declared: schema.Resource, client: Client, poll_seconds: float) -> None:
        super().__init__(declared)
        self.client = client
        self.poll_seconds = poll_seconds

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield an error unless the deployment is from git: the sandbox builds nothing, so it takes no files."""
        if "files" in inputs:
            yield "Not simulated. The sandbox deploys a git `ref`, not `files`."
        elif "ref" not in inputs:
            yield "Deployment Invalid. A Deployment must have either `ref` or `files` specified."

    def create(self, planned: dict[str, Any]) -> Live:
        """Deploy, and wait until the project's domains point at it."""
        project, team = planned["projectId"], planned.get("teamId")
        self.client.project(project, team)
        source = self._source(self.client.project(project, team), planned["ref"])
        body: dict[str, Any] = {
            "project": project,
            "name": project,
            "projectSettings": _settings(planned.get("projectSettings")),
            "gitSource": source,
            "build": {"env": planned["environment"]} if planned.get("environment") else {},
        }
        body |= {"env": planned["environment"]} if planned.get("environment") else {}
        body |= {"meta": planned["meta"]} if planned.get("meta") else {}
        body |= {"target": "production"} if planned.get("production") else {}
        if planned.get("customEnvironmentId"):
            body["customEnvironmentSlugOrId"] = planned["customEnvironmentId"]
        answer = self.client.call(
            "POST", "/v12/now/deployments", team, params={"skipAutoDetectionConfirmation": "1"}, json=body
        )
        return self._waited(planned, answer)

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the deployment."""
        place = state
        if not state:
            team, identifier = imported_parts(identifier, ("deployment_id",))
            place = {"teamId": team}
        try:
            answer = self.client.call("GET", f"/v13/deployments/{segment(identifier)}", place.get("teamId"))
        except ApiError as error:
            if error.status == 404 and state:
                return None
            raise
        return self._live(place, answer)

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Wait again for a deployment that was still building; otherwise make no call."""
        place = {**state, "deleteOnDestroy": planned.get("deleteOnDestroy")}
        live = Live(identifier, {name: value for name, value in place.items() if value is not None})
        if "url" in state and state.get("domains"):
            return live
        return self._waited(planned, self.client.call("GET", f"/v13/deployments/{identifier}", planned.get("teamId")))

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete the deployment if `deleteOnDestroy` is set."""
        if not state.get("deleteOnDestroy"):
            return
        try:
            self.client.call("DELETE", f"/v13/deployments/{segment(identifier)}", state.get("teamId"))
        except ApiError as error:
            if error.status != 404:
                raise

    def _waited(self, planned: Mapping[str, Any], answer: Mapping[str, Any]) -> Live:
        """Return the deployment once its aliases are assigned.

        A failed deployment is dropped from the state, so that the next update creates another; if polling fails before
        its end, it stays in the state.
        """
        try:
            while not (answer.get("aliasAssigned") and not answer.get("aliasError")):
                if reason := _failure(answer):
                    raise _FailedError(f"Could not create deployment: {reason}. {_advice(planned, answer)}")
                self.client.api.wait(self.poll_seconds)
                answer = self.client.call("GET", f"/v13/deployments/{segment(answer['id'])}", planned.get("teamId"))
        except _FailedError:
            raise
        except ProviderError as error:
            live = self._live(planned, answer)
            raise HalfMadeError(f"Could not create deployment: {error}", live.identifier, live.state) from error
        return self._live(planned, answer)

    def _live(self, place: Mapping[str, Any], answer: Mapping[str, Any]) -> Live:
        production = answer.get("target") == "production" and place.get("production") is not False
        state = {
            "projectId": answer.get("projectId", place.get("projectId")),
            **self.client.team_state(place.get("teamId")),
            "url": answer.get("url"),
            "production": production,
            "domains": answer.get("alias") or [],
            "ref": (answer.get("gitSource") or {}).get("ref"),
            "customEnvironmentId": (answer.get("customEnvironment") or {}).get("id"),
        }
        state |= {name: place.get(name) for name in ("environment", "pathPrefix", "projectSettings", "deleteOnDestroy")}
        if place.get("meta") is not None:
            answered = answer.get("meta") or {}
            state["meta"] = {key: answered.get(key, value) for key, value in place["meta"].items()}
        return Live(str(answer["id"]), {name: value for name, value in state.items() if value is not None})

    @staticmethod
    def _source(project: Mapping[str, Any], ref: str) -> dict[str, Any]:
        link = project.get("link") or {}
        match link.get("type"):
            case "github":
                return {"type": "github", "org": link.get("org"), "repo": link.get("repo"), "ref": ref}
            case "gitlab":
                return {"type": "gitlab", "projectId": link.get("projectId"), "ref": ref}
            case "bitbucket":
                return {"type": "bitbucket", "owner": link.get("owner"), "slug": link.get("slug"), "ref": ref}
            case _:
                raise ProviderError("unable to deploy project by ref: project has no linked git repository")


def _settings(settings: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the settings, always including files outside the root directory, which a monorepo's build needs."""
    result: dict[str, Any] = {"sourceFilesOutsideRootDirectory": True}
    if settings is not None:
        result |= {name: settings.get(name) for name in _SETTINGS}
        result |= {} if settings.get("rootDirectory") else {"rootDirectory": None}
    return result


def _failure(answer: Mapping[str, Any]) -> str | None:
    """Return why the deployment has failed, in the official plugin's words; None if it has not."""
    if answer.get("readyState") == "CANCELED":
        return "deployment canceled"
    if answer.get("readyState") == "ERROR":
        return f"{answer.get('errorCode')} - {answer.get('errorMessage')}"
    if answer.get("checksConclusion") == "failed":
        return "deployment checks have failed"
    if answer.get("aliasError"):
        return f"{answer['aliasError'].get('code')} - {answer['aliasError'].get('message')}"
    return None


def _advice(planned: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Return the official plugin's reference to the deployment's page."""
    user = (answer.get("creator") or {}).get("username", "")
    number = str(answer["id"]).removeprefix("dpl_")
    return f"Visit https://vercel.com/{user}/{planned['projectId']}/{number} for more information"
