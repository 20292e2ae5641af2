"""Points in a branch's past, as requests specify them: a time or a position in its WAL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.cloud.neon.compute import Moment, cluster
from sandbox.cloud.neon.control import ControlPlane
from sandbox.cloud.neon.model import documents, invalid, moment, refused, text
from sandbox.state import Document

_LSN = re.compile(r"[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")


def asked_for(body: Mapping[str, Any], time: str, lsn: str) -> Moment | None:
    """Return the moment in one of the request's two fields; None if both are empty. Raises ApiError (400)."""
    when, where = moment(body, time), text(body, lsn, longest=17)
    if when and where:
        raise invalid(f"{time} and {lsn} exclude one another")
    if where and not _LSN.fullmatch(where):
        raise invalid(f"{lsn} must be a log sequence number, such as 0/1DE2850")
    if when:
        return Moment("time", when.isoformat())
    return Moment("lsn", where) if where else None


def ensure_kept(plane: ControlPlane, project: Document, branch: Document, at: Moment) -> None:
    """Raise ApiError: 423 while work is going on in the branch, 422 if its history does not cover the moment.

    May wake the branch's server: call it outside a transaction.

    The history begins when the branch became ready or was restored. The project sets how long it is kept.
    """
    plane.operations.ensure_idle(project["id"], branch["id"])
    line = documents.timeline(branch)
    now = plane.context.clock()
    if "since" not in line or not project["history_retention_seconds"]:
        raise refused(f"branch {branch['name']} has no history")
    if at.kind == "time":
        since = max(line["since"], now.timestamp() - project["history_retention_seconds"])
        when = datetime.fromisoformat(at.value)
        if when > now:
            raise refused(f"the time {at.value} lies in the future")
        if when < datetime.fromtimestamp(since, UTC):
            begin = datetime.fromtimestamp(since, UTC).isoformat(timespec="milliseconds")
            raise refused(
                f"the time {at.value} precedes the history of branch {branch['name']}, which begins at {begin}"
            )
        return
    last = cluster.position(plane.computes.start(branch["id"]))[0]
    if not _number(line["lsn"]) <= _number(at.value) <= _number(last):
        raise refused(f"LSN {at.value} is outside the history of branch {branch['name']}, {line['lsn']} to {last}")


def _number(lsn: str) -> int:
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)
