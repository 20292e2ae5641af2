"""Expiring branches: `expires_at`, which a call may set, and the removal of expired branches and snapshots.

The rules come from Neon's page on branch expiration; it lists no status codes.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from sandbox.cloud.neon.control import recovery
from sandbox.cloud.neon.control.control_plane import ControlPlane
from sandbox.cloud.neon.control.removal import delete_branch, delete_snapshot
from sandbox.cloud.neon.model import BRANCHES, SNAPSHOTS, ApiError, invalid, moment, refused, timestamp
from sandbox.state import Document

_LOG = logging.getLogger("sandbox.cloud.neon")
_LONGEST = timedelta(days=30)
_STEP_SECONDS = 0.5
"""Seconds between two checks for expired branches."""


def change(branch: Document, asked: Document, now: datetime) -> None:
    """Set or remove (null) the branch's expiry, as requested. Raises ApiError (400)."""
    if "expires_at" not in asked:
        return
    end = moment(asked, "expires_at")
    branch.pop("expires_at", None)
    branch.pop("ttl_interval_seconds", None)
    if end is None:
        return
    if not now < end <= now + _LONGEST:
        raise invalid("expires_at must be in the future, and at most 30 days from now")
    branch |= {"expires_at": timestamp(end), "ttl_interval_seconds": round((end - now).total_seconds())}


def restart(branch: Document, now: datetime) -> None:
    """Restart the time to live of a branch that is restored."""
    if "expires_at" in branch:
        branch["expires_at"] = timestamp(now + timedelta(seconds=branch["ttl_interval_seconds"]))


def ensure_may_expire(plane: ControlPlane, branch: Document) -> None:
    """Raise ApiError (422) if the branch has an expiry but must not have one."""
    if "expires_at" not in branch:
        return
    if branch["default"]:
        raise refused("the default branch cannot expire")
    if branch["protected"]:
        raise refused("a protected branch cannot expire")
    if plane.store.find(BRANCHES, parent_id=branch["id"]):
        raise refused("a branch that has children cannot expire")


class Reaper:
    """A thread that removes expired branches."""

    def __init__(self, plane: ControlPlane) -> None:
        self._plane = plane
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="neon-expiry", daemon=True)
        self.held = threading.Lock()
        """Holding this lock keeps all branches alive."""

    def start(self) -> None:
        """Check periodically until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Finish a check that has begun, and stop."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_STEP_SECONDS):
            try:
                with self.held:
                    self._sweep()
            except Exception:  # the next attempt may succeed; without one, branches would never be removed
                _LOG.exception("branches whose time has come could not be removed")

    def _sweep(self) -> None:
        """Remove the expired branches; a busy one waits for the next check."""
        now = timestamp(self._plane.context.clock())
        for branch in self._plane.store.find(BRANCHES):
            if branch.get("expires_at") and branch["expires_at"] <= now:
                try:
                    delete_branch(self._plane, branch["project_id"], branch["id"])
                except ApiError as error:
                    _LOG.info("%s is not removed yet: %s", branch["id"], error)
        for snapshot in self._plane.store.find(SNAPSHOTS):
            if snapshot.get("expires_at") and snapshot["expires_at"] <= now:
                delete_snapshot(self._plane, snapshot)
        recovery.forget_older(self._plane, now)
