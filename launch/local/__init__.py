"""The only room that imports the sandbox: up, down, env, sandbox, twins for rehearsals."""

from launch.local.environment import of_running_sandbox, variables
from launch.local.rehearsal import rehearsed, twin, update
from launch.local.scratch import pg_dump, scratch
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
