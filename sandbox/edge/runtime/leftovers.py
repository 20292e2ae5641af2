"""Kills the Workers runtime of a killed edge, because workerd outlives its parent."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sandbox.base import Home

PACKAGE = Path(__file__).parent / "workerd"
"""The folder of the Node package, which is in the command line of every process of the runtime."""

_PROC = Path("/proc")


def remember(home: Home, group: int) -> None:
    """Record the process group of a newly started runtime."""
    _file(home).write_text(str(group))


def reap(home: Home) -> None:
    """Kill the rest of the recorded process group. If other processes have its number now, leave them alone."""
    try:
        group = int(_file(home).read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return
    for pid, its_group, command in _processes():
        if its_group == group and str(PACKAGE) in command:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    _file(home).unlink(missing_ok=True)


def _file(home: Home) -> Path:
    return home.run / "workers.group"


def _processes() -> Iterator[tuple[int, int, str]]:
    """Yield the id, group and command line of every visible process."""
    if not (_PROC / "self" / "stat").exists():
        # macOS has no /proc; small Linux images have no ps.
        command = ["ps", "-A", "-o", "pid=,pgid=,args="]
        for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
            pid, its_group, text = [*line.split(None, 2), ""][:3]
            yield int(pid), int(its_group), text
        return
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                # The name in parentheses may contain spaces; after it come state, parent and group.
                group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
                yield int(folder.name), group, (folder / "cmdline").read_text().replace("\0", " ")
