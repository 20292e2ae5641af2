"""Starts, supervises and stops the sandbox's processes."""

from sandbox.processes import lifecycle

__all__ = [
    "lifecycle",
]
