"""Projects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.core import UNKNOWN, ApiError, HalfMadeError, Live, ProviderError, Resource, Value, same, schema
from sandbox.providers.vercel import environment
from sandbox.providers.vercel import project_fields as fields
from sandbox.providers.vercel.client import Client, imported_parts, segment

_REGION_CAPABILITY = "V2_DEPLOYMENT_CREATE"
"""The capability that a region needs to run functions."""

_NOT_SIMULATED = {"trustedSources", "deployHooks", "previewComments"}
"""The last is the deprecated name of enablePreviewFeedback."""


class Project(Resource):
    """A project and its settings."""

    def __init__(self, declared: schema.Resource, client: Client) -> None:
        super().__init__(declared)
        self.client = client

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield the errors; frameworks and regions are checked against Vercel's public lists."""
        framework = inputs.get("framework")
        if isinstance(framework, str):
            slugs = [entry["slug"] for entry in _listed(self.client.frameworks, "Vercel frameworks")]
            if framework not in slugs:
                yield (
                    f"Invalid Framework. The framework {framework} is not supported on Vercel. "
                    f"Must be one of {', '.join(sorted(filter(None, slugs)))}."
                )
        requested = list((_known(inputs.get("resourceConfig")) or {}).get("functionDefaultRegions") or ())
        requested += [inputs["serverlessFunctionRegion"]] if "serverlessFunctionRegion" in inputs else []
        requested = [region for region in requested if region is not UNKNOWN]
        if requested:
            listed = _listed(self.client.regions, "Vercel serverless function regions")
            regions = sorted(name for name, info in listed.items() if _REGION_CAPABILITY in info.get("caps", ()))
            for region in requested:
                if region not in regions:
                    yield (
                        f"Invalid Serverless Function Region. The serverless function region {region} is not supported "
                        f"on Vercel. Must be one of {', '.join(regions)}."
                    )
        for name in _NOT_SIMULATED & {*inputs, *(_known(inputs.get("gitRepository")) or ())}:
            yield f"Not simulated. The sandbox's projects have no `{name}`."

    def create(self, planned: dict[str, Any]) -> Live:
        """Create the project, read its variables, then send the settings that only an update accepts."""
        team = planned.get("teamId")
        body = fields.creation(planned)
        variables = planned.get("environments")
        body |= {"environmentVariables": [environment.body(variable) for variable in variables]} if variables else {}
        answer = self.client.call("POST", "/v8/projects", team, json=body)
        found: list[dict[str, Any]] = []
        try:
            found = self.client.environment(answer["id"], team)
            answer = self._patch(answer["id"], planned, planned["name"])
            answer = self._production_branch(answer, planned)
        except ProviderError as error:
            live = self._live(answer, planned, found)
            raise HalfMadeError(str(error), live.identifier, live.state) from error
        return self._live(answer, planned, found)

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the project and its variables."""
        place = state
        if not state:
            team, identifier = imported_parts(identifier, ("project_id",))
            place = {"teamId": team}
        try:
            answer = self.client.call("GET", f"/v10/projects/{segment(identifier)}", place.get("teamId"))
        except ApiError as error:
            if error.status == 404 and state:
                return None
            raise
        return self._live(answer, place, self.client.environment(answer["id"], place.get("teamId")))

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Update the variables, then all settings, then the repository."""
        self._update_environment(identifier, state, planned)
        answer = self._patch(identifier, planned, state["name"])
        answer = self._relink(answer, state, planned)
        return self._live(answer, planned, self.client.environment(identifier, planned.get("teamId")))

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete the project with everything in it."""
        try:
            self.client.call("DELETE", f"/v8/projects/{segment(identifier)}", state.get("teamId"))
        except ApiError as error:
            if error.status != 404:
                raise

    def _patch(self, identifier: str, planned: Mapping[str, Any], old_name: str) -> dict[str, Any]:
        body = fields.update(planned, old_name)
        answer = self.client.call("PATCH", f"/v9/projects/{segment(identifier)}", planned.get("teamId"), json=body)
        return dict(answer)

    def _production_branch(self, answer: dict[str, Any], planned: Mapping[str, Any]) -> dict[str, Any]:
        branch = (planned.get("gitRepository") or {}).get("productionBranch")
        if not branch:
            return answer
        path, team = f"/v9/projects/{segment(answer['id'])}/branch", planned.get("teamId")
        self.client.call("PATCH", path, team, json={"branch": branch})
        return self.client.project(answer["id"], team)

    def _relink(self, answer: dict[str, Any], state: Mapping[str, Any], planned: Mapping[str, Any]) -> dict[str, Any]:
        old, new = state.get("gitRepository"), planned.get("gitRepository")
        path, team = f"/v9/projects/{segment(answer['id'])}/link", planned.get("teamId")
        moved = bool(old) != bool(new) or bool(old and new and any(old.get(k) != new.get(k) for k in ("type", "repo")))
        if moved and old:
            answer = dict(self.client.call("DELETE", path, team))
        if moved and new:
            body = {"type": new["type"], "repo": new["repo"]}
            answer = dict(self.client.call("POST", path, team, json=body))
        if new and (moved or (old or {}).get("productionBranch") != new.get("productionBranch")):
            answer = self._production_branch(answer, planned)
        return answer

    def _update_environment(self, identifier: str, state: Mapping[str, Any], planned: Mapping[str, Any]) -> None:
        kind = self.declared.properties["environments"].type.element
        old, new = state.get("environments", []), planned.get("environments", [])
        team, path = planned.get("teamId"), f"projects/{segment(identifier)}/env"
        for variable in old:
            if kind is not None and not any(same(kind, variable, other) for other in new):
                self.client.call("DELETE", f"/v8/{path}/{segment(variable['id'])}", team)
        added = [
            environment.body(variable)
            for variable in new
            if kind is not None and not any(same(kind, variable, other) for other in old)
        ]
        if added:
            self.client.call("POST", f"/v10/{path}", team, json=added[0] if len(added) == 1 else added)

    def _live(self, answer: Mapping[str, Any], planned: Mapping[str, Any], found: list[dict[str, Any]]) -> Live:
        state = fields.state(answer, planned) | self.client.team_state(planned.get("teamId"))
        if planned.get("environments") is not None:
            state["environments"] = environment.states(found, planned["environments"])
        return Live(str(answer["id"]), state)


def get_project(client: Client, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return a project by its name."""
    team = arguments.get("teamId")
    answer = client.project(arguments["name"], team)
    everything = {"gitComments": {}, "gitProviderOptions": {}, "serverlessFunctionRegion": ""}
    found = environment.states(client.environment(answer["id"], team), [])
    state = fields.state(answer, {name: {"": ""} for name in everything})
    return {**arguments, **state, **client.team_state(team), "id": answer["id"], "environments": found}


def _known(value: Value) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _listed(api: Value, what: str) -> Value:
    try:
        return api.call("GET", "")
    except ApiError as error:
        raise ProviderError(f"Unable to retrieve {what}: unexpected status code: {error.status} ({error})") from error
    except ProviderError as error:
        raise ProviderError(f"Unable to retrieve {what}: unexpected error: {error}") from error
