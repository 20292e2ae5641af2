"""The schema of each resource type: its properties, types and flags, as condensed in `schemas/`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.providers.core.values import Value


class Kind(Enum):
    """The kind of a value."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ANY = "any"
    ARRAY = "array"
    SET = "set"
    MAP = "map"
    OBJECT = "object"


class Replace(Enum):
    """When a change of the property replaces the resource."""

    NEVER = "never"
    ALWAYS = "always"
    IF_CONFIGURED = "ifConfigured"
    """Only if the program sets a value."""


@dataclass(frozen=True, kw_only=True)
class Type:
    """The type of a property."""

    kind: Kind
    element: Type | None = None
    """The element type of an array, a set (which has no order) or a map."""
    fields: Mapping[str, Property] | None = None
    """The fields of an object."""


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property of a resource or of an object within it."""

    type: Type
    api: str
    """The name in the vendor's API, in snake case, if the calls are table-driven."""
    input: bool = False
    required: bool = False
    computed: bool = False
    """Whether the vendor computes a value; without an input, the vendor's value stays."""
    secret: bool = False
    always: bool = False
    """Whether the official provider always outputs it, unless the vendor returns null."""
    autoname: bool = False
    """Whether the default is the resource's name with a random suffix."""
    replace: Replace = Replace.NEVER
    default: Any = None
    enum: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    conflicts_with: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource type."""

    token: str
    properties: Mapping[str, Property]


@cache
def load(package: str) -> Mapping[str, Resource]:
    """Return the resource types of a package (`cloudflare`, `vercel`, `neon`, `random`), by token."""
    described = json.loads((Path(__file__).parent.parent / "schemas" / f"{package}.json").read_text())
    return {
        token: Resource(token=token, properties=_properties(resource["properties"]))
        for token, resource in described.items()
    }


def snake(name: str) -> str:
    """Convert to snake case: `zoneId` -> `zone_id`."""
    return re.sub(r"(?<!^)([A-Z])", lambda match: f"_{match[1].lower()}", name)


def camel(name: str) -> str:
    """Convert to camel case: `zone_id` -> `zoneId`."""
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)


def _properties(described: Mapping[str, Any]) -> dict[str, Property]:
    return {name: _property(name, entry) for name, entry in described.items()}


def _property(name: str, entry: Mapping[str, Any]) -> Property:
    low, high = entry.get("range", (entry.get("min"), None))
    return Property(
        type=_type(entry["type"]),
        api=entry.get("tf", snake(name)),
        input=entry.get("input", False),
        required=entry.get("required", False),
        computed=entry.get("computed", False),
        secret=entry.get("secret", False),
        always=entry.get("always", False),
        autoname=entry.get("autoname", False),
        replace=Replace(entry.get("replace", "never")),
        default=entry.get("default"),
        enum=tuple(entry.get("enum", ())),
        minimum=low,
        maximum=high,
        conflicts_with=tuple(camel(other) for other in entry.get("conflictsWith", ())),
    )


def _type(described: Value) -> Type:
    if isinstance(described, str):
        return Type(kind=Kind(described))
    [(kind, inner)] = described.items()
    if kind == "object":
        return Type(kind=Kind.OBJECT, fields=_properties(inner))
    return Type(kind=Kind(kind), element=_type(inner))
