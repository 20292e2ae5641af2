"""The program, declared on mocks."""

from tools.program.declared import rehearse

__all__ = [
    "rehearse",
]
