"""Validation of environment variables."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sandbox.cloud.vercel.protocol import ApiError, bad_request
from sandbox.state import Document

FIELDS: dict[str, type] = {
    "key": str,
    "value": str,
    "target": object,
    "type": str,
    "gitBranch": str,
    "comment": str,
    "customEnvironmentIds": list,
    "visibility": str,
}
VISIBILITIES = {"config": "encrypted", "secret": "sensitive"}
"""The newer field for whether a value can be read back, and the equivalent type."""
TARGETS = ("production", "preview", "development")
_TYPES = ("plain", "encrypted", "sensitive", "secret", "system")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = re.compile(r"VERCEL_(URL|ENV|REGION|GIT_.*|BRANCH_URL|PROJECT_PRODUCTION_URL)|NOW_.*|AWS_(SECRET|REGION).*")
_LARGEST = 65536
"""The largest total size of a name and its value, in bytes."""


def validated(wanted: Document, always_sensitive: bool) -> Document:
    """Return the fields to store. Raises ApiError for the first invalid one."""
    key, value, kind = wanted.get("key"), wanted.get("value") or "", wanted.get("type")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise bad_request(
            "The name contains invalid characters. Only letters, digits, and underscores are allowed. Furthermore, the "
            "name should not start with a digit."
        )
    if _RESERVED.fullmatch(key):
        raise ApiError(400, "RESERVED_ENV_VARIABLE", f"The name of your Environment Variable is reserved: {key}")
    if len(key.encode()) + len(value.encode()) > _LARGEST:
        raise bad_request("The total size of your Environment Variables, name and value, is limited to 64 KB.")
    if wanted.get("visibility") not in (None, *VISIBILITIES):
        allowed = ", ".join(VISIBILITIES)
        raise bad_request(f"Invalid request: `visibility` should be equal to one of the allowed values: {allowed}.")
    if kind not in _TYPES:
        raise bad_request(f"Invalid request: `type` should be equal to one of the allowed values: {', '.join(_TYPES)}.")
    targets = _targets(wanted)
    if kind == "sensitive" and "development" in targets:
        raise bad_request("You cannot set a Sensitive Environment Variable's target to development.")
    if always_sensitive and kind != "sensitive" and targets != ["development"]:
        raise bad_request("Your team requires Environment Variables of Production and Preview to be sensitive.")
    branch = wanted.get("gitBranch")
    if branch and targets != ["preview"]:
        raise bad_request("Invalid request: `gitBranch` is allowed for the target preview only.")
    return {
        "key": key,
        "value": value,
        "type": kind,
        "target": targets,
        "gitBranch": branch or None,
        "comment": wanted.get("comment") or "",
        "customEnvironmentIds": wanted.get("customEnvironmentIds") or [],
    }


def conflict(variables: Iterable[Document], fields: Document) -> Document | None:
    """Return the variable that already has this key for one of these targets and the same branch."""
    for other in variables:
        same = (other["key"], other["gitBranch"]) == (fields["key"], fields["gitBranch"])
        overlap = set(other["target"]) & set(fields["target"])
        shared = set(other["customEnvironmentIds"]) & set(fields["customEnvironmentIds"])
        if same and (overlap or shared):
            return other
    return None


def _targets(wanted: Document) -> list[str]:
    target = wanted.get("target")
    targets = [target] if isinstance(target, str) else target or []
    if not isinstance(targets, list) or any(one not in TARGETS for one in targets):
        raise bad_request(
            f"Invalid request: `target` should be equal to one of the allowed values: {', '.join(TARGETS)}."
        )
    if not targets and not wanted.get("customEnvironmentIds"):
        raise bad_request("Invalid request: at least one of `target` and `customEnvironmentIds` is required.")
    return [one for one in TARGETS if one in targets]
