"""A verb, run in the process of the test through the same entry point as from a shell."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest import mock

from launch import cli


@dataclass(frozen=True)
class Result:
    """The exit code of a verb, and its output."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        """Return all output."""
        return self.stdout + self.stderr

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON output: one object and nothing else."""
        found: dict[str, Any] = json.loads(self.stdout)
        return found


def call(*arguments: str, environment: Mapping[str, str] | None = None) -> Result:
    """Run `launch` with these arguments, in the environment with these changes."""
    printed, complained = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["launch", *arguments]),
        mock.patch.dict(os.environ, environment or {}),
        redirect_stdout(printed),
        redirect_stderr(complained),
    ):
        code = cli.run()
    return Result(code, printed.getvalue(), complained.getvalue())
