"""Fresh copies of checkouts: a plugin works in one, and none of its changes reaches the original."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from contract.problem import Problem

_GIT_SECONDS = 30
_LEFT_OUT = frozenset({"node_modules", ".venv", "__pycache__"})
"""Not copied: large, and a package manager can restore it."""


class CopyError(Problem):
    """A checkout that cannot be copied without risk to the original."""


def copy(checkout: Path, to: Path) -> None:
    """Copy a checkout with its history. Raises CopyError if one of its links would lead back to the original."""
    if not checkout.is_dir():
        what = "is not a folder" if checkout.exists() else "does not exist"
        raise CopyError(what, where=str(checkout), remedy="Name the folder of a checkout.")
    checkout = checkout.resolve()
    for path in _entries(checkout):
        if path.is_symlink():
            target = path.readlink()
            inside = (path.parent / target).resolve().is_relative_to(checkout)
            if target.is_absolute() or not inside:
                what = f"{path.relative_to(checkout)} is a link that leads out of it"
                raise CopyError(what, where=str(checkout), remedy="Give a checkout without such links.")
        elif path.name == ".git" and path.is_file():
            _require_inside(path, checkout)
    try:
        shutil.copytree(checkout, to, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    except (OSError, shutil.Error) as error:
        what = f"cannot be copied ({type(error).__name__})"
        raise CopyError(what, where=str(checkout), remedy="Check its files and the free space.") from None


def digests(folder: Path, names: Iterable[str] | None = None) -> dict[str, str]:
    """Return path and digest of each regular file outside .git, or only of those with the given names."""
    wanted = None if names is None else {name.lower() for name in names}
    found = {}
    for path in _entries(folder):
        inner = path.relative_to(folder)
        if ".git" in inner.parts or path.is_symlink() or not path.is_file():
            continue
        if wanted is None or path.name.lower() in wanted:
            try:
                with path.open("rb") as file:
                    found[inner.as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
            except OSError:
                found[inner.as_posix()] = "unreadable"
    return found


def commit(folder: Path) -> tuple[str, bool]:
    """Return the checked-out commit, empty without one, and whether there are uncommitted changes."""
    head = _git(folder, "rev-parse", "HEAD").strip()
    return head, bool(head and _git(folder, "status", "--porcelain").strip())


def _entries(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        yield from (Path(parent, name) for name in (*folders, *files))


def _require_inside(pointer: Path, checkout: Path) -> None:
    """Refuse a worktree: it keeps its history elsewhere, and a command in its copy would write there."""
    text = pointer.read_text("utf-8", "replace").strip().removeprefix("gitdir:").strip()
    if Path(text).is_absolute() or not (pointer.parent / text).resolve().is_relative_to(checkout):
        what = f"keeps the history of {pointer.parent.name} at another place"
        raise CopyError(what, where=str(checkout), remedy="Give a clone of its own: `git clone --recurse-submodules`.")


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
            check=False,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
