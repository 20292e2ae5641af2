"""A digest of a stack's sources: the program, its settings and its locked packages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

_ROOMS = ("components", "contract", "database", "vendors", "sql", "workers")
_FILES = ("__main__.py", "Pulumi.yaml", "requirements.txt", "pyproject.toml")
_LEFT_OUT = frozenset({"node_modules", "__pycache__", ".wrangler", "tests"})


def fingerprint(folder: Path, stack: str) -> str:
    """Return SHA-256 of every file that the program consists of or reads, with the settings of the stack."""
    digest = hashlib.sha256()
    for path in _files(folder, stack):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: Path, stack: str) -> Iterator[Path]:
    for name in (*_FILES, f"Pulumi.{stack}.yaml"):
        if (folder / name).is_file():
            yield folder / name
    for room in _ROOMS:
        for path in sorted((folder / room).rglob("*")):
            if path.is_file() and not _LEFT_OUT.intersection(path.relative_to(folder).parts):
                yield path
