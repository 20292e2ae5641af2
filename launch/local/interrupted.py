"""Makes a sandbox stack usable again after its engine was killed during an update."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import psutil

from launch.drift import Watch
from launch.stack import PulumiError, Stack, UpdateError
from sandbox.base import Home
from sandbox.processes import lifecycle
from toolchain.report import Report, say

Lock = tuple[str, dict[str, object]]
"""The stack, and what is written into its lock."""


class BusyError(PulumiError):
    """Another update is running, so its files must stay."""


def recover(stack: Stack, home: Home, report: Report = say) -> None:
    """Remove locks whose process is gone and settle interrupted operations.

    A resource whose creation was interrupted may exist without being in the state; the next update looks for it.
    Raises BusyError while another update is running.
    """
    locks = list(_locks(home, stack.project, stack.name))
    refuse_busy(locks)
    if locks:
        report("An update was killed earlier: removing its lock.")
        stack.cancel()
    if pending := stack.pending():
        report(
            f"An update was killed earlier and left {len(pending)} operations unfinished: reading the actual resources."
        )
        stack.refresh(clear_pending_creates=True)


def recover_running(stack: Stack, report: Report = say) -> None:
    """`recover`, of a stack in the sandbox that runs. Raises HomeError or SandboxError where none does."""
    recover(stack, lifecycle.running(), report)


def busy(home: Home) -> None:
    """Raise BusyError while any stack of the sandbox is being updated."""
    refuse_busy(_locks(home, "*", "*"))


def refuse_busy(locks: Iterable[Lock]) -> None:
    """Raise BusyError if a process that took one of the locks still runs."""
    for stack, lock in locks:
        if _lives(lock):
            raise BusyError(
                f"another update is running as process {lock['pid']}", where=f"stack {stack}", remedy="Wait for it."
            )


def update(stack: Stack, report: Report = say) -> None:
    """Update the stack and repair drift. Raises PulumiError.

    Manual deletions are drift that can make the update itself fail: to Cloudflare's provider, deleting something that
    is already gone is an error.
    """
    failure: UpdateError | None = None
    try:
        stack.up()
    except UpdateError as error:
        failure = error
    watch = Watch()
    try:
        stack.look(watch)
    except PulumiError as error:
        raise failure or error from None
    if watch.drifts:
        report(f"Changed behind the stack's back: {', '.join(each.resource for each in watch.drifts)}.")
        stack.up(refresh=True)
    elif failure:
        raise failure


def _locks(home: Home, project: str, stack: str) -> Iterator[Lock]:
    """The stack and what its lock says; the backend has a folder for each."""
    for file in Path(home.state_backend.removeprefix("file://")).glob(f".pulumi/locks/*/{project}/{stack}/*.json"):
        yield file.parent.name, json.loads(file.read_text())


def _lives(lock: dict[str, object]) -> bool:
    """Whether the process that took the lock is still running.

    A sandbox always runs on this machine, whatever the machine's name was when the lock was taken: a restarted
    container or a laptop on another network gets a new name.
    """
    try:
        process = psutil.Process(int(str(lock["pid"])))
        taken = datetime.fromisoformat(str(lock["timestamp"])).timestamp()
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= taken
    except psutil.NoSuchProcess:
        return False
