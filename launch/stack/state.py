"""The contents of a stack's state: outputs, resources and pending operations, from one export."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key by which the engine marks a value that JSON cannot represent, such as a secret."""
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 -- the key's value for a secret
HIDDEN = "[secret]"


@dataclass(frozen=True)
class State:
    """The contents of an export. Secrets are in clear in it, but repr shows none."""

    deployment: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, export: str) -> State:
        """Parse the output of `pulumi stack export --show-secrets`."""
        return cls(json.loads(export).get("deployment") or {})

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """The resources, as in an export, with each secret as the text [secret]."""
        return [revealed(each, hidden=True) for each in self.deployment.get("resources") or ()]

    @property
    def pending(self) -> list[dict[str, Any]]:
        """Operations that an update began and has not finished; secrets as in `resources`."""
        return [revealed(each, hidden=True) for each in self.deployment.get("pending_operations") or ()]

    @property
    def written(self) -> str:
        """When the state was last written (RFC 3339); another value means that a run has written it since."""
        return str((self.deployment.get("manifest") or {}).get("time", ""))

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        """Return the stack's outputs by name; secrets in clear with `secrets`, else as the text [secret]."""
        for each in self.deployment.get("resources") or ():
            if each["type"] == "pulumi:pulumi:Stack" and not each.get("delete"):
                found: dict[str, Any] = revealed(each.get("outputs") or {}, hidden=not secrets)
                return found
        return {}

    def secrets(self) -> dict[str, dict[str, str]]:
        """Map the URN of each resource to its secret outputs that are text, by name, in clear."""
        found: dict[str, dict[str, str]] = {}
        for each in self.deployment.get("resources") or ():
            outputs = each.get("outputs") or {}
            texts = {name: revealed(value, hidden=False) for name, value in outputs.items() if is_secret(value)}
            found[each["urn"]] = {name: text for name, text in texts.items() if isinstance(text, str)}
        return {urn: texts for urn, texts in found.items() if texts}


def is_secret(value: object) -> bool:
    """Return whether the value as a whole is hidden."""
    return isinstance(value, dict) and value.get(SIGNATURE) == _SECRET


def revealed(value: Any, *, hidden: bool) -> Any:  # noqa: ANN401 -- JSON
    """Return a value of an export without the engine's marks; a secret in clear, or as [secret] if `hidden`."""
    if isinstance(value, dict):
        if is_secret(value):
            return HIDDEN if hidden or "plaintext" not in value else json.loads(value["plaintext"])
        return {name: revealed(part, hidden=hidden) for name, part in value.items()}
    if isinstance(value, list):
        return [revealed(part, hidden=hidden) for part in value]
    return value
