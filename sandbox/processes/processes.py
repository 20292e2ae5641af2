"""Finding and ending the processes of a sandbox.

A process belongs to a sandbox if its environment contains the sandbox's mark, or if it descends from one that does. Ids
in files prove nothing after a crash or a reboot, so they are not used. The mark is never in a user's own environment.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "LAUNCH_SANDBOX_PROCESS"
"""The environment variable of every process of a sandbox: `NAME:FOLDER`."""

_TICK = 0.02
"""Seconds between two checks of processes that are ending."""


def mark(home: Path, name: str) -> str:
    """Return the value of MARK for the process `name` of the sandbox in `home`."""
    return f"{name}:{home.resolve()}"


def marked(home: Path, name: str | None = None) -> list[psutil.Process]:
    """Return the live processes with the mark of the sandbox in `home`, or only those of `name`; never this process."""
    found = []
    for process in psutil.process_iter():
        try:
            owner, _, folder = process.environ().get(MARK, "").partition(":")
        except (psutil.Error, OSError):
            continue  # it has ended, or belongs to another user
        if folder == str(home.resolve()) and name in {None, owner} and lives(process) and process.pid != os.getpid():
            found.append(process)
    return found


def family(home: Path, name: str | None = None) -> list[psutil.Process]:
    """Return the processes of `marked` and all their descendants, which may have changed their environment."""
    found: dict[int, psutil.Process] = {}
    for process in marked(home, name):
        found[process.pid] = process
        with suppress(psutil.NoSuchProcess):
            found |= {child.pid: child for child in process.children(recursive=True)}
    found.pop(os.getpid(), None)
    return list(found.values())


def listening(processes: Iterable[psutil.Process]) -> set[int]:
    """Return the TCP ports on which `processes` listen."""
    found = set()
    for process in processes:
        with suppress(psutil.Error):
            connections = process.net_connections(kind="tcp")
            found |= {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN}
    return found


def end(processes: Iterable[psutil.Process], grace: float) -> None:
    """Terminate `processes`, kill those still alive after `grace` seconds, and wait until all have ended."""
    requested = list(processes)
    for process in requested:
        # psutil compares the start time first, so a reused id is left alone
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    for process in _survivors(requested, grace):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _survivors(requested, grace)


def lives(process: psutil.Process) -> bool:
    """Return whether the process is running; a zombie is not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _survivors(processes: Iterable[psutil.Process], timeout: float) -> list[psutil.Process]:
    deadline = time.monotonic() + timeout
    alive = [process for process in processes if lives(process)]
    while alive and time.monotonic() < deadline:
        time.sleep(_TICK)
        alive = [process for process in alive if lives(process)]
    return alive
