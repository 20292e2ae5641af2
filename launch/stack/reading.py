"""The engine's commands that read a stack. Each starts the engine once, without importing its automation.

A concurrent run writes the checkpoint, and a `file://` backend does not replace it atomically: a reader may find half a
file, and a moment later a whole one. Such a read is repeated.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from launch.stack.engine import EngineError

ATTEMPTS = 6
FIRST_PAUSE = 0.1
"""Seconds; each pause is twice as long as the previous one, three seconds in all."""
_HALF_WRITTEN = re.compile(r"failed to load checkpoint|unexpected end of JSON input")
_NO_STACK = re.compile(r"no stack named .* found")

T = TypeVar("T")


class CommandFailedError(Exception):
    """A command ended with a code other than 0. Its standard output is left out because it may contain secrets."""

    def __init__(self, complaint: str) -> None:
        super().__init__(complaint)
        self.complaint = complaint

    @property
    def no_such_stack(self) -> bool:
        """Whether the backend does not have the stack."""
        return _NO_STACK.search(self.complaint) is not None

    @property
    def half_written(self) -> bool:
        """Whether a concurrent run was writing the file being read."""
        return _HALF_WRITTEN.search(self.complaint) is not None


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Runs `pulumi` in a project's folder, in exactly this environment."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str) -> str:
        """Return the standard output of a command. Raises CommandFailedError, or EngineError if there is no engine."""
        program = shutil.which("pulumi", path=self.environment.get("PATH"))
        if program is None:
            raise EngineError("There is no `pulumi` on PATH.")
        done = subprocess.run(
            [program, *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**self.environment, "PULUMI_DEBUG_COMMANDS": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandFailedError(done.stderr.strip())
        return done.stdout

    def read(self, arguments: Sequence[str], understood: Callable[[str], T]) -> T:
        """Return the parsed output of a command that changes nothing; retried while it finds half a checkpoint."""
        return patiently(lambda: understood(self.run(*arguments)))


def patiently(read: Callable[[], T], half_written: Callable[[Exception], bool] | None = None) -> T:
    """Return the result of `read`, retried while it finds half a file. Raises what it raises.

    `half_written` tells whether an error says so; by default those of a command that found half a checkpoint do.
    """
    says_so = half_written or (lambda error: isinstance(error, CommandFailedError) and error.half_written)
    pause = FIRST_PAUSE
    for _ in range(ATTEMPTS - 1):
        try:
            return read()
        except Exception as error:
            if not says_so(error):
                raise
        time.sleep(pause)
        pause *= 2
    return read()
