"""The engine's history of a stack's updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

UPDATES = ("update", "destroy", "refresh", "import", "rename", "resource-import")
SUCCEEDED = "succeeded"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting at the time of an update."""

    value: str
    """Empty for a secret."""
    secret: bool


@dataclass(frozen=True, kw_only=True)
class Update:
    """One operation on the stack; the oldest has number 1."""

    number: int
    kind: str
    """update, destroy, refresh or another of the engine's."""
    result: str
    """succeeded, failed or in-progress."""
    began: datetime
    ended: datetime | None
    message: str
    who: str
    """Author of the commit, or the pipeline's actor; "" if neither is known."""
    commit: str
    """The checkout's commit; "" without a checkout."""
    dirty: bool
    """Whether the checkout had uncommitted changes."""
    changes: Mapping[str, int]
    """Number of changed resources for each of the engine's operations; unchanged ones are left out."""
    settings: Mapping[str, Setting]

    @property
    def deployed(self) -> bool:
        """Whether it left the launch as its program declared it."""
        return self.kind == "update" and self.result == SUCCEEDED

    @property
    def failed(self) -> bool:
        """Whether it may have changed a part of the launch without finishing."""
        return self.kind != "refresh" and self.result != SUCCEEDED

    def changed_settings(self, before: Update | None) -> list[str]:
        """Return keys of the settings that differ from an earlier update's. Two secret values cannot be compared."""
        if before is None:
            return []
        keys = self.settings.keys() | before.settings.keys()
        return sorted(key for key in keys if self.settings.get(key) != before.settings.get(key))


def updates(found: Sequence[Mapping[str, Any]]) -> list[Update]:
    """Parse the engine's own JSON, which is newest first; the order is kept."""
    return [_update(each, len(found) - place) for place, each in enumerate(found)]


def _update(found: Mapping[str, Any], number: int) -> Update:
    environment: Mapping[str, str] = found.get("environment") or {}
    return Update(
        number=number,
        kind=str(found.get("kind", "")),
        result=str(found.get("result", "")),
        began=_moment(str(found["startTime"])),
        ended=_moment(str(found["endTime"])) if found.get("endTime") else None,
        message=str(found.get("message") or "").partition("\n")[0],
        who=environment.get("ci.actor") or environment.get("git.author") or environment.get("git.committer", ""),
        commit=environment.get("git.head", ""),
        dirty=environment.get("git.dirty") == "true",
        changes={name: int(count) for name, count in (found.get("resourceChanges") or {}).items() if name != "same"},
        settings={key: _setting(value) for key, value in (found.get("config") or {}).items()},
    )


def _setting(found: Mapping[str, Any]) -> Setting:
    secret = bool(found.get("secret"))
    return Setting(value="" if secret else str(found.get("value", "")), secret=secret)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
