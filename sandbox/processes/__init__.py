"""Start, supervision and stop of the sandbox's processes."""

from sandbox.processes import lifecycle

__all__ = [
    "lifecycle",
]
