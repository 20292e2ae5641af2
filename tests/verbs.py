"""A verb, run in the process of the test through the same entry point as from a shell."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from unittest import mock

from launch import cli
from tests.documents import published


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
        """The output for a machine: one JSON object of a published form, and nothing else."""
        return published(self.stdout)


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
