"""The contents of the three vendors' accounts, to be compared before and after."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from tests.end_to_end.world import Launch

_OF_THE_MOMENT = {
    "neon.branches": ("current_state", "pending_state", "state_changed_at", "updated_at", "logical_size", "port"),
    "neon.endpoints": ("current_state", "pending_state", "last_active", "updated_at", "suspended_at", "started_at"),
    "neon.projects": ("updated_at", "compute_last_active_at", "branch_logical_size_limit", "synthetic_storage_size"),
    "vercel.projects": ("updatedAt",),
}
"""Fields that change with use."""
_JOURNALS = ("neon.operations", "sandbox")
"""Collections of past actions, not of existing resources."""


def accounts(launch: Launch) -> dict[str, dict[str, Any]]:
    """Return every document of the clouds by collection/id, without fields that change by themselves."""
    with sqlite3.connect(f"file:{launch.home.store_path}?mode=ro", uri=True) as connection:
        rows = connection.execute("select collection, id, document from documents").fetchall()
    found = {}
    for collection, id_, text in rows:
        if collection not in _JOURNALS:
            document = json.loads(text)
            for name in (*_OF_THE_MOMENT.get(collection, ()), "_history"):
                document.pop(name, None)
            found[f"{collection}/{id_}"] = document
    assert len(found) > 40
    return found


def difference(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the differing documents, with both versions."""
    names = before.keys() | after.keys()
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}
