"""Workers in the real runtime."""

from sandbox.edge.runtime import leftovers
from sandbox.edge.runtime.leftovers import reap
from sandbox.edge.runtime.runtime import Runtime

__all__ = [
    "Runtime",
    "leftovers",
    "reap",
]
