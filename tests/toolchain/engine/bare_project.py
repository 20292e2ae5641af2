"""A bare Pulumi project for the tests of the language host."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BareProject:
    """A project with a stack `dev`."""

    folder: Path
    environment: dict[str, str]

    def write(self, program: str, **modules: str) -> None:
        (self.folder / "__main__.py").write_text(program)
        for name, content in modules.items():
            (self.folder / f"{name}.py").write_text(content)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command; return its exit code and output."""
        with self.start(*arguments) as process:
            output, _ = process.communicate()
        return process.returncode, output
