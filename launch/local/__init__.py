"""The only room that imports the sandbox: up, down, env, sandbox."""

from launch.local.environment import of_running_sandbox, variables
from launch.local.interrupted import BusyError, recover_running
from launch.local.scratch import pg_dump, scratch

__all__ = [
    "BusyError",
    "of_running_sandbox",
    "pg_dump",
    "recover_running",
    "scratch",
    "variables",
]
