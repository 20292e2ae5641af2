"""The only room that imports the sandbox: up, down, env, sandbox."""

from launch.local.environment import of_running_sandbox

__all__ = [
    "of_running_sandbox",
]
