"""Where reports are printed."""

from __future__ import annotations

import sys

from rich.console import Console

_WIDTH = 140
"""Columns of a table that is not printed to a terminal."""


def console() -> Console:
    """Standard output. A log or a pipe has no width of its own, and folded details are hard to search."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, markup=False, emoji=False)
