"""A resource type that is entirely described by a table: its paths to create, read, change and delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any
from urllib.parse import quote

from sandbox.providers.cloudflare import wire
from sandbox.providers.core import Api, ApiError, Live, ProviderError, Resource, Value, schema


@dataclass(frozen=True, kw_only=True)
class Route:
    """The calls of a resource type. In paths, `{names}` are properties and `{id}` is the id. None: no such call."""

    item: str
    collection: str = ""
    """The path for creation; the item itself if omitted."""
    create: str = "POST"
    update: str | None = "PUT"
    delete: str | None = "DELETE"
    identifier: str = "id"
    """The property, or field of the response, that is the id."""
    imports: str
    """The format of an import id; parts that are not properties of the resource form its id."""
    not_refreshed: tuple[str, ...] = ()
    """Properties that a read does not change."""


class TableResource(Resource):
    """A resource type whose calls follow its route."""

    def __init__(self, declared: schema.Resource, api: Api, route: Route) -> None:
        super().__init__(declared)
        self.api = api
        self.route = route

    def create(self, planned: dict[str, Any]) -> Live:
        """Send all configured properties."""
        path = self.route.collection or self.route.item
        answer = self._result(self.route.create, path, planned, "", json=self.body(planned))
        return self.live(wire.completed(self.declared.properties, planned, answer), answer)

    def read(self, identifier: str, state: Mapping[str, Any]) -> Live | None:
        """Return the resource with the state from the response."""
        place = state or self.imported(identifier)
        identifier = place.get("id", identifier) if not state else identifier
        try:
            answer = self._result("GET", self.route.item, place, identifier)
        except ApiError as error:
            if error.status == 404 and state:
                return None
            raise
        read = wire.overlay(self.declared.properties, place, answer)
        read |= {name: state[name] for name in self.route.not_refreshed if name in state}
        read.pop("id", None)
        return self.live(read, answer)

    def update(self, identifier: str, state: Mapping[str, Any], planned: dict[str, Any]) -> Live:
        """Send all properties again; with PATCH, only the changed ones."""
        if self.route.update is None:
            raise ProviderError(f"{self.declared.token} cannot be changed in place")
        changed = {name: value for name, value in planned.items() if state.get(name) != value}
        body = self.body(changed if self.route.update == "PATCH" else planned)
        answer = self._result(self.route.update, self.route.item, planned, identifier, json=body)
        return self.live(wire.completed(self.declared.properties, planned, answer), answer)

    def delete(self, identifier: str, state: Mapping[str, Any]) -> None:
        """Delete the resource, if the API can. As in the official plugin, it is an error if it is already gone."""
        if self.route.delete is not None:
            self._result(self.route.delete, self.route.item, state, identifier)

    def body(self, values: Mapping[str, Any]) -> Value:
        """Return the request's body: all properties that are not in the path."""
        fields = self._fields(self.route.item) | self._fields(self.route.collection)
        return wire.to_api(self.declared.properties, values, without=fields)

    def live(self, state: dict[str, Any], answer: Mapping[str, Any]) -> Live:
        """Return the resource, with the id from its state or from the response."""
        return Live(str(state.get(self.route.identifier) or answer.get(self.route.identifier, "")), state)

    def imported(self, identifier: str) -> dict[str, Any]:
        """Return the parts of an import id, by property."""
        names, parts = self.route.imports.split("/"), identifier.split("/")
        if len(parts) != len(names) or not all(parts):
            raise ProviderError(f'invalid ID: expected the format "{self.route.imports}", got "{identifier}"')
        keys = [schema.camel(name.strip("<>")) for name in names]
        keys = [key if key in self.declared.properties else "id" for key in keys]
        return dict(zip(keys, parts, strict=True))

    def _result(
        self, method: str, path: str, place: Mapping[str, Any], identifier: str, **options: Value
    ) -> dict[str, Any]:
        try:
            names = {name: quote(str(place[name]), safe="") for name in self._fields(path) - {"id"}}
        except KeyError as error:
            raise ProviderError(f"{self.declared.token} cannot be found without its {error.args[0]}") from None
        url = path.format(**names, id=quote(identifier, safe=""))
        try:
            answer = self.api.call(method, url, **options)
        except ApiError as error:
            raise ApiError(f"failed to make http request: {error}", error.status, error.code) from error
        result = answer.get("result") if isinstance(answer, Mapping) else None
        return dict(result) if isinstance(result, Mapping) else {}

    @staticmethod
    def _fields(path: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(path) if name}
