"""Builds the Pulumi engine, once for each user, from the Go module beside this file.

The result is a folder with `pulumi` and the two launchers that the engine looks for beside itself. The folder's name is
derived from all of its sources, so a changed pin means a new folder, and several clones share an unchanged one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from toolchain.cache import ToolError, cache, digest, locked, made
from toolchain.engine import go
from toolchain.report import Report, say

MODULE = Path(__file__).parent / "go.mod"
LAUNCHERS = tuple(sorted((Path(__file__).parent / "launchers").iterdir()))

_COMMAND = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
_ASKED = ".asked"
"""Suffix of the file beside the folder that records for which `pulumi` the version is known."""
_INTERVAL = 15.0
"""Seconds between two lines of progress if output is not a terminal."""


def version() -> str:
    """The version of the engine that the module pins, without a leading `v`."""
    found = re.search(r"^\tgithub\.com/pulumi/pulumi/pkg/v3 v(\S+)", MODULE.read_text(), re.MULTILINE)
    if found is None:
        raise ToolError(f"{MODULE} does not pin github.com/pulumi/pulumi/pkg/v3.")
    return found[1]


def location() -> Path:
    """The folder of the built engine, whether it exists or not."""
    made_of = digest(MODULE, MODULE.with_name("go.sum"), *LAUNCHERS, command=(*_settings().values(), *_arguments()))
    return cache() / f"engine-{version()}-{made_of}"


def build(report: Report = say) -> Path:
    """The engine's folder; builds it if it is missing or wrong. Raises ToolError with the remedy."""
    folder = location()
    if folder.exists() and not _is_pinned(folder):
        with locked(folder, report):
            if folder.exists() and not _is_pinned(folder):
                report(f"The engine in {folder} does not report version {version()}: building it again.")
                shutil.rmtree(folder)
    return made(folder, lambda partial: _build(partial, report), report)


def _is_pinned(folder: Path) -> bool:
    """Whether the engine in `folder` runs and reports the pinned version.

    It is asked once for each state of its file: its start takes longer than everything else before a verb's own work.
    """
    program, asked = folder / "pulumi", folder.with_name(f"{folder.name}{_ASKED}")
    try:
        found = program.stat()
        mark = f"{version()} {found.st_ino} {found.st_size} {found.st_mtime_ns}"
        if asked.exists() and asked.read_text() == mark:
            return True
        done = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    except OSError:
        return False
    if done.stdout.strip() != f"v{version()}":
        return False
    if folder == location():  # a folder that is still being made has no file beside it that would outlive it
        with suppress(OSError):  # somebody else's cache may be read-only
            asked.write_text(mark)
    return True


def _settings() -> dict[str, str]:
    """Variables that make the build the same on every machine."""
    return {"GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw", "GOWORK": "off", "CGO_ENABLED": "0"}


def _arguments() -> tuple[str, ...]:
    """The corresponding arguments of `go build`."""
    flags = ("-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags=-s -w -X {_VERSION_SYMBOL}=v{version()}")
    return (*flags, _COMMAND)


def _build(folder: Path, report: Report) -> None:
    compiler = go.find(MODULE, report)
    report(f"Building the Pulumi engine {version()}, once for this user: about three minutes on two cores.")
    environment = {**os.environ, **_settings()}
    scratch = folder / "scratch"
    if not compiler.own:  # leave no three gigabytes behind for somebody who does not use Go
        environment |= {"GOPATH": str(scratch / "path"), "GOCACHE": str(scratch / "cache"), "GOENV": "off"}
    command = [str(compiler.program), "build", "-v", "-o", str(folder / "pulumi"), *_arguments()]
    with subprocess.Popen(
        command,
        cwd=MODULE.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            last = _follow(process.stderr or (), report)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise ToolError(
            "the Pulumi engine could not be built; the last lines of `go build` were:\n"
            + "\n".join(f"    {line}" for line in last),
            remedy="Install Pulumi 3.254 or newer, or let `go` reach its module proxy (GOPROXY), and try again.",
        )
    shutil.rmtree(scratch, ignore_errors=True)
    if not _is_pinned(folder):
        raise ToolError(f"The Pulumi engine was built, but does not report version {version()}.")
    for launcher in LAUNCHERS:
        shutil.copy(launcher, folder / launcher.name)


def _follow(lines: Iterable[str], report: Report) -> list[str]:
    """Report progress until the build's output ends; return the end of the other output."""
    progress = _Progress(report)
    other: list[str] = []
    try:
        for line in lines:
            if line.startswith("go: downloading"):
                progress.downloaded += 1
            elif re.fullmatch(r"[\w.~/-]+\n", line):
                progress.compiled += 1
            else:
                other = [*other[-9:], line.rstrip()]
    finally:
        progress.stop()
    return other


class _Progress:
    """Reports the build's progress from time to time; on a terminal each second, on one line."""

    def __init__(self, report: Report) -> None:
        self.downloaded = 0
        self.compiled = 0
        self._report = report
        self._start = time.monotonic()
        self._stopped = threading.Event()
        self._terminal = report is say and sys.stderr.isatty()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop reporting."""
        self._stopped.set()
        self._thread.join()
        if self._terminal:
            print(file=sys.stderr)

    def _run(self) -> None:
        while not self._stopped.wait(1.0 if self._terminal else _INTERVAL):
            seconds = int(time.monotonic() - self._start)
            text = f"  {seconds // 60}:{seconds % 60:02} {self.downloaded} modules, {self.compiled} packages"
            if self._terminal:
                print(f"\r{text}", end="", file=sys.stderr, flush=True)
            else:
                self._report(text)
