"""Makes a stack of the sandbox usable again after its engine was killed in the middle of an update."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psutil

from launch.stack import PulumiError, Stack
from sandbox.home import Home
from sandbox.toolchain import Report, say


def recover(stack: Stack, home: Home, report: Report = say) -> bool:
    """Remove locks whose process is gone and settle interrupted operations; True if there were any of the latter.

    Raises PulumiError while another update is running.
    """
    locks = list(_locks(home))
    living = [lock for lock in locks if _lives(lock)]
    if living:
        raise PulumiError(
            f"Another update of stack {stack.name} is running as process {living[0]['pid']}: wait for it."
        )
    if locks:
        report("An update was killed earlier: removing its lock.")
        stack.show("cancel", "--yes")
    state = json.loads(stack.read("stack", "export"))
    pending = (state.get("deployment") or {}).get("pending_operations") or []
    if not pending:
        return False
    report(f"An update was killed earlier, {len(pending)} operations were not finished: reading what there is.")
    stack.show("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    return True


def _locks(home: Home) -> Iterator[dict[str, object]]:
    for file in Path(home.state_backend.removeprefix("file://")).glob(".pulumi/locks/**/*.json"):
        yield json.loads(file.read_text())


def _lives(lock: dict[str, object]) -> bool:
    """Whether the process that took the lock still runs. One on another machine is none of ours to judge."""
    if lock["hostname"] != socket.gethostname():
        return True
    try:
        process = psutil.Process(int(str(lock["pid"])))
        taken = datetime.fromisoformat(str(lock["timestamp"])).timestamp()
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= taken
    except psutil.NoSuchProcess:
        return False
