"""Makes a stack of the sandbox usable again after its engine was killed in the middle of an update."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psutil

from launch.drift import Watch
from launch.stack import PulumiError, Stack, UpdateError
from sandbox.base import Home
from toolchain.report import Report, say


class BusyError(PulumiError):
    """Another update is running: what it works on must stay."""


class OrphanError(PulumiError):
    """What an interrupted update made is in the way, and the state does not know it."""


def recover(stack: Stack, home: Home, report: Report = say) -> None:
    """Remove locks whose process is gone and settle interrupted operations.

    What was just being created is noted in the sandbox until an update succeeds. Raises BusyError while another update
    is running.
    """
    locks = list(_locks(home))
    living = [lock for lock in locks if _lives(lock)]
    if living:
        raise BusyError(f"Another update of stack {stack.name} is running as process {living[0]['pid']}: wait for it.")
    if locks:
        report("An update was killed earlier: removing its lock.")
        stack.cancel()
    pending = stack.pending()
    if not pending:
        return
    report(f"An update was killed earlier, {len(pending)} operations were not finished: reading what there is.")
    created = {operation["resource"]["urn"] for operation in pending if operation["type"] == "creating"}
    _note(home).write_text(json.dumps(sorted(created | _interrupted(home))))
    stack.refresh(clear_pending_creates=True)


def update(stack: Stack, home: Home, report: Report = say) -> None:
    """Update the stack, and put right what drifted.

    Raises PulumiError, and OrphanError if it fails on a resource whose creation was interrupted. That one may exist
    without the state knowing it: its vendor had carried out the creation that nobody waited for any more. The vendor's
    answer is then a conflict that no further update can solve.
    """
    try:
        stack.up()
        stack.look(watch := Watch())
        if watch.drifts:
            report(f"Changed behind the stack's back: {', '.join(each.resource for each in watch.drifts)}.")
            stack.up(refresh=True)
    except UpdateError as error:
        names = ", ".join(sorted(urn.rpartition("::")[2] for urn in error.failed & _interrupted(home)))
        if names:
            raise OrphanError(f"An earlier update was killed while it created {names}.") from error
        raise
    _note(home).unlink(missing_ok=True)


def _note(home: Home) -> Path:
    return home.path / "interrupted.json"


def _interrupted(home: Home) -> set[str]:
    """URNs of all whose creation was interrupted since the last update that succeeded."""
    return set(json.loads(_note(home).read_text())) if _note(home).exists() else set()


def _locks(home: Home) -> Iterator[dict[str, object]]:
    for file in Path(home.state_backend.removeprefix("file://")).glob(".pulumi/locks/**/*.json"):
        yield json.loads(file.read_text())


def _lives(lock: dict[str, object]) -> bool:
    """Whether the process that took the lock still runs.

    A sandbox is only ever on this machine, whatever name that had when the lock was taken: a container that is started
    again and a laptop in another network have a new one.
    """
    try:
        process = psutil.Process(int(str(lock["pid"])))
        taken = datetime.fromisoformat(str(lock["timestamp"])).timestamp()
        return process.status() != psutil.STATUS_ZOMBIE and process.create_time() <= taken
    except psutil.NoSuchProcess:
        return False
