"""A stack's settings of the vendors' providers, from its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_PROVIDERS = ("cloudflare:", "vercel:", "neon:")


def provider_settings(folder: Path, stack: str) -> dict[str, str] | None:
    """Return the settings in `Pulumi.STACK.yaml` and `Pulumi.yaml` by full key; None if only the engine knows them.

    That is the case if one is secret, if an environment of Pulumi Cloud adds to them, or if a file is not plain.
    """
    own, project = _document(folder / f"Pulumi.{stack}.yaml"), _document(folder / "Pulumi.yaml")
    if own is None or project is None or own.get("environment"):
        return None
    found: dict[str, str] = {}
    for document in (project, own):
        for key, value in (document.get("config") or {}).items():
            if not str(key).startswith(_PROVIDERS):
                continue
            plain = (
                value.get("value", value.get("default")) if document is project and isinstance(value, dict) else value
            )
            if not isinstance(plain, str | int | float | bool):
                return None
            found[str(key)] = str(plain).lower() if isinstance(plain, bool) else str(plain)
    return found


def _document(file: Path) -> dict[str, Any] | None:
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None
    return found if isinstance(found, dict) else None
