"""A Pulumi engine for machines without one: a Go module that pins it, and the Python hosts that complete it."""

from toolchain.engine import build

__all__ = [
    "build",
]
