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
        """Run a command whose output the user sees as it comes, on standard error. Raises PulumiError."""
        if self._run(arguments, sys.stderr).returncode:
            raise PulumiError(f"`pulumi {' '.join(arguments)}` failed (see above).")

    def read(self, *arguments: str) -> str:
        """Run a command and return its output. Raises PulumiError with its complaint."""
        done = self._run(arguments, subprocess.PIPE)
        if done.returncode:
            raise PulumiError(f"`pulumi {' '.join(arguments)}` failed:\n{done.stderr.strip()}")
        return done.stdout

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        """The stack's outputs by name; secret ones only with `secrets`, else the text [secret]."""
        found: dict[str, Any] = json.loads(
            self.read("stack", "output", "--json", *(["--show-secrets"] if secrets else []))
        )
        return found

    def _run(self, arguments: tuple[str, ...], output: IO[str] | int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env={**self.environment, "PULUMI_STACK": self.name},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
            check=False,
        )
