"""The control plane: jobs, expiry, removal."""

from sandbox.cloud.neon.control import expiry, recovery
from sandbox.cloud.neon.control.control_plane import Change, ControlPlane
from sandbox.cloud.neon.control.expiry import Reaper
from sandbox.cloud.neon.control.removal import delete_branch, delete_snapshot, forget_branch, halting, removing

__all__ = [
    "Change",
    "ControlPlane",
    "Reaper",
    "delete_branch",
    "delete_snapshot",
    "expiry",
    "forget_branch",
    "halting",
    "recovery",
    "removing",
]
