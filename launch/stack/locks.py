"""Locks of a stack in a backend of files, and what an engine that was killed left in its state.

Other backends keep their locks to themselves: there a person cancels (`pulumi cancel`).
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from launch.stack.stack import PulumiError, Stack

_FILES = "file://"
_PAUSE = 0.5
"""Seconds between two looks at a lock."""


class BusyError(PulumiError):
    """Another update is running: what it works on must stay."""


def locks(stack: Stack) -> list[dict[str, Any]]:
    """The locks in the backend of the stack, as it writes them; none where it is no backend of files."""
    url = stack.environment.get("PULUMI_BACKEND_URL", "")
    return list(_read(Path(url.removeprefix(_FILES)), stack)) if url.startswith(_FILES) else []


def settle(stack: Stack, report: Callable[[str], None], *, only_here: bool = False, patience: float = 0.0) -> None:
    """Remove locks whose process is gone and settle interrupted operations.

    What was just being created may exist without the state knowing it: the program looks for it in the next update.
    `only_here` says that no other machine has ever used the backend. Raises BusyError while another update is running,
    after `patience` in seconds.
    """
    deadline = time.monotonic() + patience
    told = False
    while True:
        found = locks(stack)
        living = [lock for lock in found if _lives(lock, only_here)]
        if not living:
            break
        where = f" on {living[0].get('hostname')}" if _elsewhere(living[0], only_here) else ""
        if time.monotonic() >= deadline:
            raise BusyError(
                f"another update is running as process {living[0]['pid']}{where}",
                where=f"stack {stack.name}",
                remedy="Wait for it." + (" If that machine is gone, run `pulumi cancel`." if where else ""),
            )
        if not told:
            report(f"Another update still runs as process {living[0]['pid']}{where}: waiting for its end.")
            told = True
        time.sleep(_PAUSE)
    if found:
        report("An update was killed earlier: removing its lock.")
        stack.cancel()
    if pending := stack.pending():
        report(
            f"An update was killed earlier and left {len(pending)} operations unfinished: reading the actual resources."
        )
        stack.refresh(clear_pending_creates=True)


def _elsewhere(lock: dict[str, Any], only_here: bool) -> bool:
    return not only_here and lock.get("hostname") not in (None, socket.gethostname())


def _lives(lock: dict[str, Any], only_here: bool) -> bool:
    """Whether the process that took the lock still runs; nobody can tell of another machine's, so it does.

    With `only_here` the machine may have had another name when the lock was taken: a container that is started again
    and a laptop in another network have a new one.
    """
    if _elsewhere(lock, only_here):
        return True
    try:
        process = psutil.Process(int(str(lock["pid"])))
        taken = datetime.fromisoformat(str(lock["timestamp"])).timestamp()
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= taken
    except psutil.NoSuchProcess:
        return False


def _read(folder: Path, stack: Stack) -> Iterator[dict[str, Any]]:
    for file in folder.glob(f".pulumi/locks/*/{stack.project}/{stack.name}/*.json"):
        try:
            yield json.loads(file.read_text())
        except FileNotFoundError:
            continue  # its update has just ended
