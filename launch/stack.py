"""One stack of the project, driven through the `pulumi` command line in the right environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from launch import env
from launch.engine import find
from sandbox.home import PROJECT, Home

DEFAULT = env.STACK


class PulumiError(Exception):
    """A `pulumi` command failed; what it had to say is in the message or was already shown."""


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack and the environment in which its commands run."""

    name: str
    environment: dict[str, str]
    folder: Path = PROJECT

    @classmethod
    def named(cls, name: str | None = None) -> Stack:
        """The stack `name`, or that of PULUMI_STACK, or the sandbox's.

        The sandbox's stack gets the sandbox's environment; any other keeps the caller's backend and credentials.
        """
        name = name or os.environ.get("PULUMI_STACK") or DEFAULT
        engine = find()
        changes = env.variables(Home.load(), engine) if name == env.STACK else engine.environment()
        return cls(name=name, environment=env.applied(changes))

    def show(self, *arguments: str) -> None:
        """Run a command whose output the user sees as it comes, on standard error. Raises PulumiError.

        An interrupt from the keyboard reaches the command as well: it is given the time to end in order.
        """
        interrupted = False
        with self._start(arguments, sys.stderr) as process:
            while process.returncode is None:
                try:
                    process.wait()
                except KeyboardInterrupt:
                    interrupted = True
        if interrupted:
            raise KeyboardInterrupt
        if process.returncode:
            raise PulumiError(f"`pulumi {' '.join(arguments)}` failed (see above).")

    def read(self, *arguments: str) -> str:
        """Run a command and return its output. Raises PulumiError with its complaint."""
        with self._start(arguments, subprocess.PIPE) as process:
            output, complaint = process.communicate()
        if process.returncode:
            raise PulumiError(f"`pulumi {' '.join(arguments)}` failed:\n{complaint.strip()}")
        return output

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        """The stack's outputs by name; secret ones only with `secrets`, else the text [secret]."""
        found: dict[str, Any] = json.loads(
            self.read("stack", "output", "--json", *(["--show-secrets"] if secrets else []))
        )
        return found

    def _start(self, arguments: tuple[str, ...], output: IO[str] | int) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**self.environment, "PULUMI_STACK": self.name},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
        )
