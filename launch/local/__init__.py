"""The only room that imports the sandbox: up, down, env, sandbox, twins for rehearsals."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from launch.local.environment import of_running_sandbox, variables

if TYPE_CHECKING:
    from launch.local.rehearsal import rehearsed, twin, update
    from launch.local.scratch_server import pg_dump, scratch
    from launch.local.twin_stack import Original

__all__ = [
    "Original",
    "of_running_sandbox",
    "pg_dump",
    "rehearsed",
    "scratch",
    "twin",
    "update",
    "variables",
]

_LATER = {
    "Original": "twin_stack",
    "pg_dump": "scratch_server",
    "rehearsed": "rehearsal",
    "scratch": "scratch_server",
    "twin": "rehearsal",
    "update": "rehearsal",
}
"""Attributes of modules that take a third of a second to import, which every verb of the sandbox would wait for."""


def __getattr__(name: str) -> object:
    """Import an attribute when it is first used."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
