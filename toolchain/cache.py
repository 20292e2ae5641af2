"""Tools that are downloaded or built once for each user, outside the project: Go, Node and the Pulumi engine.

Every entry of the cache is created in a temporary folder and renamed into place, so an existing entry is complete. A
file lock keeps two processes from creating the same entry at the same time. Removing the whole cache is always safe.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from contract.problem import Problem
from toolchain.report import Report, say

ELSEWHERE = {"PIP_USER": "0", "PIP_TARGET": "", "PIP_PREFIX": "", "PIP_ROOT": ""}
"""Overrides the installation folders of a person's shell or pip.conf."""


class ToolError(Problem):
    """A tool can neither be found nor installed."""


def cache() -> Path:
    """The cache's folder: LAUNCH_CACHE, or the operating system's folder for this purpose."""
    named = os.environ.get("LAUNCH_CACHE")
    return Path(named).expanduser().resolve() if named else user_cache_path("prductr-launch")


def digest(*files: Path, command: Sequence[str] = ()) -> str:
    """A short name for the contents of `files`, and of the `command` that uses them, on this kind of machine."""
    total = hashlib.sha256(" ".join((platform.system(), platform.machine(), *command)).encode())
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]


@contextmanager
def locked(path: Path, report: Report = say) -> Iterator[None]:
    """Hold the lock of `path` against other processes. The system releases it if this process is killed.

    Raises ToolError if the cache is not writable.
    """
    file = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        what = f"{path.parent} is not writable ({error.strerror})"
        raise ToolError(what, remedy="Name another folder in LAUNCH_CACHE.") from error
    with _acquired(file, lambda: report(f"Waiting for another process that is preparing {path.name}.")):
        try:
            yield
        finally:
            file.unlink()


@contextmanager
def _acquired(file: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """An exclusive lock on `file`, which every holder removes: a removed file locks nobody out."""
    while True:
        with file.open("w") as opened:
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(opened, fcntl.LOCK_EX)
            if _is_open_at(file, opened.fileno()):
                yield
                return


def _is_open_at(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), file.stat())
    except FileNotFoundError:
        return False


def made(folder: Path, make: Callable[[Path], None], report: Report = say) -> Path:
    """`folder`, complete: created by `make` in a temporary folder beside it, unless it exists already."""
    if folder.exists():
        return folder
    with locked(folder, report):
        if folder.exists():
            return folder
        for abandoned in folder.parent.glob(f"{folder.name}.partial-*"):
            shutil.rmtree(abandoned)
        partial = Path(tempfile.mkdtemp(prefix=f"{folder.name}.partial-", dir=folder.parent))
        try:
            make(partial)
            partial.chmod(0o755)
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial)
            raise
    return folder


def python_package(requirements: Path, report: Report = say) -> Path:
    """The folder into which the pinned package of `requirements` (one, with hashes) was unpacked. Raises ToolError."""
    requirement = requirements.read_text().split(maxsplit=1)[0]

    def install(folder: Path) -> None:
        report(f"Installing {requirement} (once).")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        command += ["--no-deps", "--require-hashes", "--target", str(folder), "-r", str(requirements)]
        done = subprocess.run(
            command,
            env={**os.environ, **ELSEWHERE},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            reason = "\n".join(done.stderr.strip().splitlines()[-3:])
            raise ToolError(f"{requirement} could not be installed with pip:\n{reason}")

    return made(cache() / f"{requirement.replace('==', '-')}-{digest(requirements)}", install, report)
