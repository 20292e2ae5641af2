"""Locks of the stacks in a backend of files, and the remains of a killed engine in a stack's state.

Other backends do not show their locks: there a person cancels (`pulumi cancel`).
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import psutil

from launch.stack.readable import PulumiError
from launch.stack.reading import patiently
from launch.stack.stack import Stack

_FILES = "file://"
_PAUSE = 0.5
"""Seconds between two looks at a lock."""
_MALFORMED = (ValueError, KeyError, TypeError)


class BusyError(PulumiError):
    """Another update is running, or may be; the objects that it works on must stay."""


@dataclass(frozen=True)
class Lock:
    """The lock of an update, held for as long as it runs."""

    stack: str
    pid: int
    machine: str
    """Name of the machine on which the process runs."""
    taken: float
    """When it was taken, in seconds since the epoch."""

    def lives(self, *, only_here: bool) -> bool:
        """Return whether the process still runs. A process on another machine counts as alive: it cannot be checked.

        With `only_here` the machine's name does not count: a restarted container and a laptop in another network have a
        new name.
        """
        if self._elsewhere(only_here):
            return True
        try:
            process = psutil.Process(self.pid)
            return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= self.taken
        except psutil.NoSuchProcess:
            return False

    def error(self, *, only_here: bool) -> BusyError:
        """Return the error to raise while it is held."""
        elsewhere = self._elsewhere(only_here)
        remedy = "Wait for it." + (" If that machine is gone, run `pulumi cancel`." if elsewhere else "")
        where = f" on {self.machine}" if elsewhere else ""
        what = f"another update is running as process {self.pid}{where}"
        return BusyError(what, where=f"stack {self.stack}", remedy=remedy)

    def _elsewhere(self, only_here: bool) -> bool:
        return not only_here and self.machine != socket.gethostname()


def refuse_busy(backend: str, *, only_here: bool = False) -> None:
    """Raise BusyError while any stack of a backend of files is being updated. `backend` is its URL."""
    for lock in _locks(backend, "*", "*"):
        if lock.lives(only_here=only_here):
            raise lock.error(only_here=only_here)


def settle(stack: Stack, report: Callable[[str], None], *, only_here: bool = False, patience: float = 0.0) -> None:
    """Remove locks whose process is gone and settle interrupted operations.

    A creation that was interrupted may have succeeded without being in the state: the program looks for it in the next
    update. `only_here` means that no other machine has ever used the backend. Raises BusyError if another update is
    still running after `patience` seconds.
    """
    deadline = time.monotonic() + patience
    waiting = False
    while living := [lock for lock in _of(stack) if lock.lives(only_here=only_here)]:
        error = living[0].error(only_here=only_here)
        if time.monotonic() >= deadline:
            raise error
        if not waiting:
            report(f"{error.what[0].upper()}{error.what[1:]}: waiting for it to end.")
            waiting = True
        time.sleep(_PAUSE)
    if _of(stack):
        report("An update was killed earlier: removing its lock.")
        stack.cancel()
    if pending := stack.pending():
        report(
            f"An update was killed earlier and left {len(pending)} operations unfinished: reading the actual resources."
        )
        stack.refresh(clear_pending_creates=True)


def _of(stack: Stack) -> list[Lock]:
    return list(_locks(stack.environment.get("PULUMI_BACKEND_URL", ""), stack.project, stack.name))


def _locks(backend: str, project: str, stack: str) -> Iterator[Lock]:
    """Yield the locks in the backend's folder of the stack; none if the backend does not consist of files.

    Half a file, which an engine is just writing or a crash has left, is read again. Raises BusyError if it stays so.
    """
    if not backend.startswith(_FILES):
        return
    for file in Path(backend.removeprefix(_FILES)).glob(f".pulumi/locks/*/{project}/{stack}/*.json"):
        try:
            yield patiently(partial(_lock, file), lambda error: isinstance(error, _MALFORMED))
        except FileNotFoundError:
            continue  # its update has just ended
        except _MALFORMED:
            # A killed engine may have left it, but nobody can tell whether that engine lives.
            remedy = "If no update of the stack is running, remove this file."
            raise BusyError("the lock of an update cannot be read", where=str(file), remedy=remedy) from None


def _lock(file: Path) -> Lock:
    """Parse a lock. Raises one of _MALFORMED for half a file."""
    found = json.loads(file.read_text())
    taken = datetime.fromisoformat(str(found["timestamp"])).timestamp()
    return Lock(file.parent.name, int(found["pid"]), str(found.get("hostname") or socket.gethostname()), taken)
