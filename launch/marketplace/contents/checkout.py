"""A plugin's folder as the directory would fetch it: the files that git tracks, or all files without a repository."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from contract.problem import Problem

MANIFEST = ".claude-plugin/plugin.json"
_GIT_SECONDS = 30
_MOST_FILES = 20_000


class CheckoutError(Problem):
    """A folder that cannot be examined."""


@dataclass(frozen=True)
class Checkout:
    """The folder of one plugin, and the paths of its files, with slashes."""

    folder: Path
    files: tuple[str, ...] = field(repr=False)
    repository: Path
    """The root of its repository, or the folder itself without a repository."""

    @classmethod
    def of(cls, folder: Path) -> Checkout:
        """Examine a folder. Raises CheckoutError if it is not a folder, or has too many files for a plugin."""
        if not folder.is_dir():
            what = "is not a folder" if folder.exists() else "does not exist"
            raise CheckoutError(what, where=str(folder), remedy="Name the folder of a checkout.")
        folder = folder.resolve()
        root = _git(folder, "rev-parse", "--show-toplevel")
        tracked = _git(folder, "ls-files", "-z", "--cached", "--", ".") if root else None
        names = tracked.split("\0") if tracked else list(_walked(folder))
        files = tuple(sorted(name for name in names if name))
        if len(files) > _MOST_FILES:
            raise CheckoutError(f"has {len(files)} files", where=str(folder), remedy="Name the plugin's own folder.")
        return cls(folder, files, Path(root.strip()) if root else folder)

    @property
    def nested(self) -> bool:
        """Whether the plugin is a subfolder of its repository; the portal's rules are then stricter."""
        return self.repository != self.folder

    @property
    def commit(self) -> str:
        """The checked-out commit, or "" if there is none."""
        return (_git(self.folder, "rev-parse", "HEAD") or "").strip()

    def path(self, name: str) -> Path:
        """Return the path of a file of the checkout."""
        return self.folder / name

    def has(self, name: str) -> bool:
        """Return whether there is a file of exactly this name, including case."""
        return name in self.files

    def text(self, name: str) -> str:
        """Return the text of a file, with invalid bytes replaced, or "" if it cannot be read."""
        try:
            return self.path(name).read_bytes().decode("utf-8", "replace")
        except OSError:
            return ""

    def json(self, name: str) -> tuple[Any, str]:
        """Return the JSON of a file and "", or None and why it is not JSON."""
        try:
            return json.loads(self.path(name).read_bytes()), ""
        except OSError as error:
            return None, f"cannot be read ({error.strerror})"
        except (ValueError, RecursionError) as error:
            return None, f"is not JSON ({error})"

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """plugin.json; empty if it is missing or not an object."""
        found, _ = self.json(MANIFEST) if self.has(MANIFEST) else (None, "")
        return found if isinstance(found, dict) else {}

    def loaded(self, name: str) -> bool:
        """Return whether Claude Code loads this file by itself: manifest, skills, commands, agents, hooks, servers."""
        first = PurePosixPath(name).parts[0]
        return first in {".claude-plugin", "skills", "commands", "agents", "hooks", ".mcp.json", ".lsp.json"}


def _walked(folder: Path) -> Iterator[str]:
    for count, path in enumerate(folder.rglob("*")):
        if count > _MOST_FILES * 2:
            raise CheckoutError("has too many files", where=str(folder), remedy="Name the plugin's own folder.")
        if (path.is_symlink() or path.is_file()) and ".git" not in path.relative_to(folder).parts:
            yield path.relative_to(folder).as_posix()


def _git(folder: Path, *arguments: str) -> str | None:
    """Return the output of git, or None if it fails or is missing."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "surrogateescape") if done.returncode == 0 else None
