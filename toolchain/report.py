"""Progress reports for people who wait."""

from __future__ import annotations

import sys
from collections.abc import Callable

Report = Callable[[str], None]
"""Receives one line about work that takes time."""


def say(line: str) -> None:
    """Print the line on standard error."""
    print(line, file=sys.stderr, flush=True)
