"""The package `random`: values made once, here, and kept in the state."""

from sandbox.providers.random.package import Random

__all__ = [
    "Random",
]
