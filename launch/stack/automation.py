"""Pulumi's automation API, with the engine that was found and a prepared environment.

Importing `pulumi.automation` takes a third of a second, so only commands that need this module import it.
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

    The base class's constructor looks only at this process's own PATH, or in a folder named `bin`.
    """

    def __init__(self, path: str) -> None:
        program = shutil.which("pulumi", path=path)
        if program is None:
            raise EngineError("there is no `pulumi` on PATH", remedy="Run `make tools`, or install Pulumi.")
        self.command = program
        self.version = VersionInfo(*OLDEST)  # a lower bound: `launch.stack.engine` accepts nothing older


def workspace(folder: Path, environment: Mapping[str, str], encryption: str = "") -> LocalWorkspace:
    """Return the project in `folder`; its commands run in exactly this environment.

    Automation adds to this process's environment and cannot remove from it. What must not be set is set to an empty
    value, which means the same to the engine and to the vendors' clients.
    """
    absent = dict.fromkeys(os.environ.keys() - environment.keys(), "")
    return LocalWorkspace(
        work_dir=str(folder),
        env_vars={**absent, **environment},
        secrets_provider=encryption or None,
        pulumi_command=Engine(environment["PATH"]),
    )


def complaint(error: CommandError) -> str:
    """Return the command's error output. Its other output is left out because it may contain secrets."""
    return str(error).rpartition("\n stderr: ")[2].strip()


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Leave a keyboard interrupt to the engine, which receives it too, and raise it once the engine has ended.

    Otherwise automation would return at once, with the engine still at work.
    """
    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if interrupts:
            raise KeyboardInterrupt
