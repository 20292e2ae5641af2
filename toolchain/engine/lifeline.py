"""Ends a process that the engine started once the engine is gone.

The engine holds the other end of our standard input for as long as it lives. It never writes to it, so the end of that
input means that the engine was killed before it could stop us.
"""

from __future__ import annotations

import os
import stat
import sys
import threading


def hold() -> None:
    """End this process at once when its standard input closes, if that is a pipe."""
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        threading.Thread(target=_wait, daemon=True, name="lifeline").start()


def _wait() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(1)
