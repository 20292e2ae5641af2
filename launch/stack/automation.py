"""Pulumi's automation, given the engine that was found and the environment that was prepared.

Importing `pulumi.automation` takes a third of a second: this module is imported where a command really needs it.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pulumi.automation import CommandError, LocalWorkspace, PulumiCommand
from semver import VersionInfo

from launch.stack.engine import OLDEST, EngineError


class Engine(PulumiCommand):
    """The first `pulumi` on the given PATH.

    The constructor that this one stands in for looks only at this process's own PATH, or in a folder named `bin`.
    """

    def __init__(self, path: str) -> None:
        program = shutil.which("pulumi", path=path)
        if program is None:
            raise EngineError("there is no `pulumi` on PATH", remedy="Run `make tools`, or install Pulumi.")
        self.command = program
        self.version = VersionInfo(*OLDEST)  # at least: `launch.stack.engine` uses none that is older


def workspace(folder: Path, environment: Mapping[str, str], encryption: str = "") -> LocalWorkspace:
    """The project in `folder`; its commands run in exactly this environment.

    Automation adds to the environment of this process and cannot take away: what must not be set is empty there, which
    means the same to the engine and to the vendors' clients.
    """
    absent = dict.fromkeys(os.environ.keys() - environment.keys(), "")
    return LocalWorkspace(
        work_dir=str(folder),
        env_vars={**absent, **environment},
        secrets_provider=encryption or None,
        pulumi_command=Engine(environment["PATH"]),
    )


def complaint(error: CommandError) -> str:
    """What a command had to say. Its other output is left out: that may hold secrets."""
    return str(error).rpartition("\n stderr: ")[2].strip()


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Leave an interrupt from the keyboard to the engine, which gets it as well, and raise it when that has ended.

    Automation would otherwise return at once, with the engine still at work.
    """
    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if interrupts:
            raise KeyboardInterrupt
