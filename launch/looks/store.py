"""One JSON file for each stack and kind of look, written whole or not at all. None contains a secret."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from contract.paths import PROJECT
from contract.whole_file import write_whole

VARIABLE = "LAUNCH_LOOKS"
"""Variable for another folder than the project's."""
_AT = "kept_at"


def folder() -> Path:
    """Return the folder in which looks are kept."""
    named = os.environ.get(VARIABLE)
    return Path(named).expanduser() if named else PROJECT / ".build" / "looks"


def save(stack: str, kind: str, document: Mapping[str, Any], *, now: datetime | None = None) -> bool:
    """Keep a look in place of the previous one. Return False if the folder is not writable, which is no failure."""
    path = _path(stack, kind)
    text = json.dumps({_AT: (now or datetime.now(UTC)).isoformat(), **document}, default=str)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text, mode=0o600)
    except OSError:
        return False
    return True


def load(stack: str, kind: str) -> dict[str, Any] | None:
    """Return the last look of this kind; None if there is none that can be read."""
    try:
        found = json.loads(_path(stack, kind).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and moment(found) is not None else None


def moment(document: Mapping[str, Any]) -> datetime | None:
    """Return when a look was kept."""
    try:
        found = datetime.fromisoformat(str(document.get(_AT)))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def age(then: datetime, now: datetime) -> str:
    """Return how long ago that was, for people."""
    span = max(now - then, timedelta())
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute ago"
    if minutes < 120:
        return f"{minutes} minutes ago"
    return f"{minutes // 60} hours ago" if minutes < 2880 else f"{span.days} days ago"


def _path(stack: str, kind: str) -> Path:
    return folder() / quote(stack, safe="") / f"{kind}.json"
