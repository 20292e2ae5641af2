"""Environment variables as resources: a single one, and several of a project together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.providers.core import ApiError, HalfMadeError, Live, ProviderError, Resource, same, schema
from sandbox.providers.vercel import environment
from sandbox.providers.vercel.client import Client, imported_parts, segment


def _path(version: str, project: str, variable: str = "") -> str:
    return f"/{version}/projects/{segment(project)}/env" + (f"/{segment(variable)}" if variable else "")


class ProjectEnvironmentVariable(Resource):
    """One variable."""

    def __init__(self, declared: schema.Resource, client: Client) -> None:
        super().__init__(declared)
        self.client = client

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield the errors in the value and in where it applies."""
        if "valueWo" in inputs:
            yield "Not simulated. The sandbox takes a variable's value as `value`, not as `valueWo`."
        elif "value" not in inputs:
            yield 'Missing Attribute Configuration. "value" is required.'
        yield from environment.invalid(inputs)

    def create(self, planned: dict[str, Any]) -> Live:
        """Create the variable in an existing project."""
        team = planned.get("teamId")
        self.client.project(planned["projectId"], team)
        answer = self.client.call("POST", _path("v10", planned["projectId"]), team, json=environment.body(planned))
        return self._live({**answer["created"], "value": planned["value"]}, planned)

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the variable; a sensitive value cannot be read, so it is taken from the state."""
        place = state
        if not state:
            team, project, identifier = imported_parts(identifier, ("project_id", "env_id"))
            place = {"teamId": team, "projectId": project}
        try:
            answer = self.client.call("GET", _path("v10", place["projectId"], identifier), place.get("teamId"))
        except ApiError as error:
            if error.status == 404 and state:
                return None
            raise
        return self._live(answer, place)

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Change the value, targets and comment in place."""
        request = {"value": planned.get("value"), "target": [], **environment.settings(planned)}
        answer = self.client.call(
            "PATCH", _path("v10", planned["projectId"], identifier), planned.get("teamId"), json=request
        )
        return self._live({**answer, "id": identifier, "value": planned.get("value")}, planned)

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete the variable."""
        _delete(self.client, state, identifier)

    def _live(self, answer: Mapping[str, Any], place: Mapping[str, Any]) -> Live:
        state = environment.state(answer, place.get("value"))
        identifier = str(state.pop("id"))
        state |= {"projectId": place["projectId"], **self.client.team_state(place.get("teamId"))}
        return Live(identifier, {"targets": [], "customEnvironmentIds": [], **state})


class ProjectEnvironmentVariables(Resource):
    """Several variables of a project; its id is the project's."""

    def __init__(self, declared: schema.Resource, client: Client, propagation_seconds: float) -> None:
        super().__init__(declared)
        self.client = client
        self.propagation_seconds = propagation_seconds

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield the errors of each variable."""
        for variable in inputs["variables"] if isinstance(inputs.get("variables"), list) else []:
            if isinstance(variable, Mapping):
                yield from environment.invalid(variable)

    def create(self, planned: dict[str, Any]) -> Live:
        """Create the variables with one call, in an existing project."""
        self.client.project(planned["projectId"], planned.get("teamId"))
        return self._live(planned, self._post(planned, planned["variables"]))

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the variables with the known ids, and those that replaced a deleted one."""
        if not state:
            raise ProviderError(f"{self.declared.token} cannot be imported")
        mine = state.get("variables", [])
        try:
            answers = self.client.environment(state["projectId"], state.get("teamId"))
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        ids = {variable.get("id") for variable in mine}
        found = [
            answer
            for answer in answers
            if answer["id"] in ids or any(environment.is_same_place(variable, answer) for variable in mine)
        ]
        return self._live(state, environment.states(found, mine))

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Delete the changed and dropped variables, pause, then create the changed and new ones: there is a gap."""
        project, team = planned["projectId"], planned.get("teamId")
        wanted, present = planned["variables"], state.get("variables", [])
        kept = [variable for variable in present if self._is_among(variable, wanted)]
        gone = [variable for variable in present if not self._is_among(variable, wanted)]
        added = [variable for variable in wanted if not self._is_among(variable, kept)]
        answers = self.client.environment(project, team)
        for variable in gone:
            _delete(self.client, state, str(variable.get("id", "")))
        for answer in answers:
            ids = {variable.get("id") for variable in [*kept, *gone]}
            remade = next((variable for variable in added if environment.is_same_place(variable, answer)), None)
            if remade and answer["id"] not in ids and answer.get("value") == remade.get("value"):
                added.remove(remade)
                kept.append(environment.state(answer, None))
        try:
            if gone and added:
                self.client.api.wait(self.propagation_seconds)
            created = self._post(planned, added) if added else []
        except HalfMadeError as error:
            error.state = self._live(planned, [*error.state["variables"], *kept]).state
            raise
        except ProviderError as error:
            raise HalfMadeError(str(error), identifier, self._live(planned, kept).state) from error
        return self._live(planned, [*created, *kept])

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete each variable."""
        for variable in state.get("variables", []):
            _delete(self.client, state, str(variable.get("id", "")))

    def _is_among(self, variable: Mapping[str, Any], variables: list[Any]) -> bool:
        kind = self.declared.properties["variables"].type.element
        return kind is not None and any(same(kind, variable, other) for other in variables)

    def _post(self, planned: Mapping[str, Any], variables: list[Any]) -> list[dict[str, Any]]:
        """Create variables; the API may refuse some of them."""
        bodies = [environment.body(variable) for variable in variables]
        answer = self.client.call(
            "POST",
            _path("v10", planned["projectId"]),
            planned.get("teamId"),
            json=bodies[0] if len(bodies) == 1 else bodies,
        )
        created = answer["created"] if isinstance(answer["created"], list) else [answer["created"]]
        made = environment.states(created, variables, just_created=True)
        if answer.get("failed"):
            texts = dict.fromkeys(str(failed["error"].get("message")) for failed in answer["failed"])
            reason = f"failed to create environment variables, {'; '.join(texts)}"
            raise HalfMadeError(reason, planned["projectId"], self._live(planned, made).state)
        return made

    def _live(self, place: Mapping[str, Any], variables: list[dict[str, Any]]) -> Live:
        state = {"projectId": place["projectId"], **self.client.team_state(place.get("teamId")), "variables": variables}
        return Live(str(place["projectId"]), state)


def _delete(client: Client, place: Mapping[str, Any], variable: str) -> None:
    try:
        client.call("DELETE", _path("v8", place["projectId"], variable), place.get("teamId"))
    except ApiError as error:
        if error.status != 404:
            raise
