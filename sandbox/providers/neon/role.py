"""Roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.core import HalfMadeError, Live, ProviderError
from sandbox.providers.neon.client import path
from sandbox.providers.neon.part import Part, place_of


class Role(Part):
    """A role. Like every role created through the API, it bypasses row security. It cannot be changed."""

    def create(self, planned: dict[str, Any]) -> Live:
        """Create the role; Neon generates its password."""
        base = ("projects", planned["projectId"], "branches", planned["branchId"], "roles")
        answer = self.client.call("POST", path(*base), json={"role": {"name": planned["name"]}})["role"]
        try:
            return self._live(planned, answer, self._password(planned, answer))
        except ProviderError as error:
            live = self._live(planned, answer, None)
            raise HalfMadeError(str(error), live.identifier, live.state) from error

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the role and its password."""
        place = state or place_of(identifier)
        base = ("projects", place["projectId"], "branches", place["branchId"], "roles", place["name"])
        answer = self.client.find(path(*base))
        return self._live(place, answer["role"], self._password(place, answer["role"])) if answer else None

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Read the password of a half-created role; no other update reaches this."""
        live = self.read(identifier, planned)
        if live is None:
            raise ProviderError(f"the role {identifier} is gone")
        return live

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Drop the role."""
        base = ("projects", state["projectId"], "branches", state["branchId"], "roles", state["name"])
        self.client.delete(path(*base))

    def _password(self, place: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
        if answer.get("password"):
            return str(answer["password"])
        base = ("projects", place["projectId"], "branches", place["branchId"], "roles", answer["name"])
        return str(self.client.call("GET", path(*base, "reveal_password"))["password"])

    @staticmethod
    def _live(place: Mapping[str, Any], answer: Mapping[str, Any], password: str | None) -> Live:
        identifier = f"{place['projectId']}/{place['branchId']}/{answer['name']}"
        state = {
            "projectId": place["projectId"],
            "branchId": place["branchId"],
            "name": answer["name"],
            "password": password,
            "protected": answer.get("protected", False),
            "roleId": identifier,
        }
        return Live(identifier, {name: value for name, value in state.items() if value is not None})
