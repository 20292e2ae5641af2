"""Compares responses with a vendor's own description of its API: as much of OpenAPI 3.0 as Neon's needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Json = Any
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


class Description:
    """The description in a YAML file."""

    def __init__(self, file: Path) -> None:
        self._root: Json = yaml.load(file.read_text(), yaml.CSafeLoader)

    def complaints(self, method: str, path: str, status: int, body: Json) -> list[str]:
        """Return the mistakes of a response. Raises LookupError for a path or status that the description lacks."""
        template = next((one for one in self._root["paths"] if _matches(one, path)), None)
        if template is None:
            raise LookupError(path)
        responses = {str(code): one for code, one in self._root["paths"][template][method]["responses"].items()}
        response = self._resolved(responses.get(str(status), responses["default"]))
        if "content" not in response:
            return [] if body is None else ["a body where there should be none"]
        return list(self._check(response["content"]["application/json"]["schema"], body, "body"))

    def _resolved(self, part: Json) -> Json:
        while "$ref" in part:
            found = self._root
            for key in part["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            part = found
        return part

    def _check(self, schema: Json, value: Json, where: str) -> Iterator[str]:
        schema = self._resolved(schema)
        for part in schema.get("allOf", ()):
            yield from self._check(part, value, where)
        if "oneOf" in schema and all(list(self._check(part, value, where)) for part in schema["oneOf"]):
            yield f"{where} is none of the alternatives"
        if value is None and schema.get("nullable"):
            return
        kind = schema.get("type")
        if kind and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
            yield f"{where} is not of type {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where} is {value!r}"
        if isinstance(value, dict):
            yield from self._check_object(schema, value, where)
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from self._check(schema.get("items", {}), item, f"{where}[{number}]")

    def _check_object(self, schema: Json, value: dict[str, Json], where: str) -> Iterator[str]:
        yield from (f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        other = schema.get("additionalProperties")
        for name, item in value.items():
            part = schema.get("properties", {}).get(name, other if isinstance(other, dict) else {})
            yield from self._check(part, item, f"{where}.{name}")


def _matches(template: str, path: str) -> bool:
    fixed = re.split(r"\{[^}]+\}", template)
    return re.fullmatch("[^/]+".join(map(re.escape, fixed)), path) is not None
