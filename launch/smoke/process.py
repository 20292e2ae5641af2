"""Run a program to its end or to a deadline, and leave none of its processes behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

LARGEST = 4 << 20
"""Number of bytes kept of a program's output; the rest is read and dropped."""
_MARK = "LAUNCH_SMOKE_RUN"
_GRACE_SECONDS = 5.0
_BASE = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "TMPDIR", "TZ")
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "NODE_EXTRA_CA_CERTS")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended."""

    code: int | None
    """None if the deadline ended it; negative for a signal."""
    output: bytes
    complaints: bytes
    cut: bool
    """Whether it printed more than is kept."""
    seconds: float


def run(command: Sequence[str], *, folder: Path, seconds: float, also: Sequence[str] = ()) -> Ended:
    """Run it in `folder`, without a terminal, in an environment of a few variables and those in `also`.

    At its end, or after `seconds`, every process that it started is ended, even outside its process group. Raises
    OSError if it cannot be started.
    """
    mark = secrets.token_hex(16)
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(also) | {_MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    output, complaints = _Reader(process.stdout), _Reader(process.stderr)
    try:
        try:
            code: int | None = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        took = time.monotonic() - started
    finally:
        _end(process, mark)
        output.join()
        complaints.join()
    return Ended(code=code, output=output.kept, complaints=complaints.kept, cut=output.cut, seconds=took)


def _environment(also: Sequence[str]) -> dict[str, str]:
    """Return the variables that a program needs to start, without any credential of the launch."""
    return {name: os.environ[name] for name in (*_BASE, *_PROXIES, *also) if name in os.environ}


class _Reader(threading.Thread):
    """Reads a pipe to its end, and keeps the beginning."""

    def __init__(self, pipe: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self.kept = b""
        self.cut = False
        self._pipe = pipe
        self._parts: list[bytes] = []
        self.start()

    def run(self) -> None:
        size = 0
        with contextlib.suppress(OSError, ValueError):
            while part := os.read(self._pipe.fileno(), 1 << 16):
                room = LARGEST - size
                self._parts.append(part[:room])
                self.cut = self.cut or len(part) > room
                size += len(part[:room])

    def join(self, timeout: float | None = _GRACE_SECONDS) -> None:
        super().join(timeout)
        self._pipe.close()
        self.kept = b"".join(self._parts)


def _end(process: subprocess.Popen[bytes], mark: str) -> None:
    """End the process group, and every process that carries the mark."""
    _signal(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_SECONDS)
    _signal(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + _GRACE_SECONDS
    while left := list(marked(mark)):
        for each in left:
            with contextlib.suppress(psutil.Error):
                each.kill()
        if time.monotonic() > deadline:
            break
        psutil.wait_procs(left, timeout=0.2)


def _signal(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def marked(mark: str) -> Iterator[psutil.Process]:
    """Yield the running processes that a run with this mark has started."""
    for each in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if each.environ().get(_MARK) == mark and each.status() != psutil.STATUS_ZOMBIE:
                yield each
