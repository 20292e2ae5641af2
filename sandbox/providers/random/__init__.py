"""The package `random`: values that are generated once and kept in the state."""

from sandbox.providers.random.package import Random

__all__ = [
    "Random",
]
