"""The control plane: jobs, expiry, removal."""

from sandbox.cloud.neon.control import expiry
from sandbox.cloud.neon.control.control_plane import Change, ControlPlane
from sandbox.cloud.neon.control.expiry import Reaper
from sandbox.cloud.neon.control.removal import delete_branch, forget_branch, removing

__all__ = [
    "Change",
    "ControlPlane",
    "Reaper",
    "delete_branch",
    "expiry",
    "forget_branch",
    "removing",
]
