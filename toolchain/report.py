"""How long work tells the person who waits what it is doing."""

from __future__ import annotations

import sys
from collections.abc import Callable

Report = Callable[[str], None]
"""Receives one line about what takes time."""


def say(line: str) -> None:
    """Print the line on standard error."""
    print(line, file=sys.stderr, flush=True)
