"""Branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.providers.core import Live, snake
from sandbox.providers.neon.client import path, tristate, tristate_problem
from sandbox.providers.neon.part import Part, split


class Branch(Part):
    """A branch. As with the official plugin, a change of project or parent neither replaces it nor sends a request."""

    def check(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        """Yield an error for an invalid boolean of the provider's own kind."""
        problem = tristate_problem("protected", inputs.get("protected"))
        if problem:
            yield problem

    def create(self, planned: dict[str, Any]) -> Live:
        """Create the branch, from the default branch if there is no parent."""
        names = ("name", "parentId", "parentLsn")
        body = {snake(name): planned[name] for name in names if planned.get(name)}
        if planned.get("parentTimestamp"):
            body["parent_timestamp"] = datetime.fromtimestamp(planned["parentTimestamp"], UTC).isoformat()
        protected = tristate(planned.get("protected"))
        body |= {"protected": protected} if protected is not None else {}
        answer = self.client.call("POST", path("projects", planned["projectId"], "branches"), json={"branch": body})
        return self._live(planned, answer["branch"])

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the branch."""
        place = state
        if not state:
            project, identifier = split(identifier, "{{.ProjectID}}/{{.BranchID}}")
            place = {"projectId": project}
        answer = self.client.find(path("projects", place["projectId"], "branches", identifier))
        return self._live(place, answer["branch"]) if answer else None

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Send one call each for the name and the protection."""
        where = path("projects", planned["projectId"], "branches", identifier)
        changes: list[dict[str, Any]] = []
        if planned.get("name") != state.get("name"):
            changes.append({"name": planned.get("name")})
        if planned.get("protected") != state.get("protected"):
            changes.append({"protected": tristate(planned.get("protected")) or False})
        live = Live(identifier, planned)
        for change in changes:
            live = self._live(planned, self.client.call("PATCH", where, json={"branch": change})["branch"])
        return live

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete the branch."""
        self.client.delete(path("projects", state["projectId"], "branches", identifier))

    @staticmethod
    def _live(place: Mapping[str, Any], answer: Mapping[str, Any]) -> Live:
        moment = answer.get("parent_timestamp")
        state = {
            "projectId": place["projectId"],
            "name": answer.get("name"),
            "parentId": answer.get("parent_id"),
            "parentLsn": answer.get("parent_lsn"),
            "parentTimestamp": int(datetime.fromisoformat(moment).timestamp()) if moment else None,
            "logicalSize": answer.get("logical_size"),
        }
        if place.get("protected") or answer.get("protected"):
            state["protected"] = "yes" if answer.get("protected") else "no"
        return Live(str(answer["id"]), {name: value for name, value in state.items() if value is not None})
