"""The Workers' modules, and what identifies their version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

MODULES: Mapping[str, str] = {
    "echome": "gateway/dist/index.js",
    "limiter": "limiter/dist/index.js",
    "upkeep": "upkeep/dist/index.js",
    "conductor": "conductor/index.js",
}
"""The module of each Worker. The gateway keeps the name of what it took the place of, and with it host and versions."""


def version(file: Path) -> str:
    """The version of a Worker, by its module. Every Worker tells it at /health."""
    return version_of(file.read_text(encoding="utf-8"))


def version_of(module: str) -> str:
    """The same, by the module's text: the beginning of its SHA-256."""
    return hashlib.sha256(module.encode()).hexdigest()[:12]
