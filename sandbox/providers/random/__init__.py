"""The package `random`: values generated once, here, and kept in the state."""

from sandbox.providers.random.package import Random

__all__ = [
    "Random",
]
