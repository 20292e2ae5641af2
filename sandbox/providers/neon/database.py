"""Databases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.providers.core import Live
from sandbox.providers.neon.client import path
from sandbox.providers.neon.part import Part, place_of


class Database(Part):
    """A database of a branch. A rename happens in place and keeps the original id."""

    def create(self, planned: dict[str, Any]) -> Live:
        """Create the database."""
        base = ("projects", planned["projectId"], "branches", planned["branchId"], "databases")
        answer = self.client.call("POST", path(*base), json=_database(planned))["database"]
        return self._live(f"{planned['projectId']}/{planned['branchId']}/{planned['name']}", planned, answer)

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the database with the current name."""
        place = state or place_of(identifier)
        base = ("projects", place["projectId"], "branches", place["branchId"], "databases", place["name"])
        answer = self.client.find(path(*base))
        return self._live(identifier, place, answer["database"]) if answer else None

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Rename the database, or change its owner."""
        base = ("projects", state["projectId"], "branches", state["branchId"], "databases", state["name"])
        answer = self.client.call("PATCH", path(*base), json=_database(planned))["database"]
        return self._live(identifier, planned, answer)

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Drop the database."""
        base = ("projects", state["projectId"], "branches", state["branchId"], "databases", state["name"])
        self.client.delete(path(*base))

    @staticmethod
    def _live(identifier: str, place: Mapping[str, Any], answer: Mapping[str, Any]) -> Live:
        state = {
            "projectId": place["projectId"],
            "branchId": place["branchId"],
            "name": answer["name"],
            "ownerName": answer.get("owner_name"),
            "databaseId": f"{place['projectId']}/{place['branchId']}/{answer['name']}",
        }
        return Live(identifier, {name: value for name, value in state.items() if value is not None})


def _database(planned: Mapping[str, Any]) -> dict[str, Any]:
    return {"database": {"name": planned["name"], "owner_name": planned["ownerName"]}}
