"""The table of configuration keys, read from the typed config block of Pulumi.yaml."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tools.docs.blocks import table

_PROJECT = Path(__file__).resolve().parent.parent / "Pulumi.yaml"


def configuration() -> str:
    """A Markdown table: key, type, default, meaning."""
    declared = yaml.safe_load(_PROJECT.read_text())["config"]
    rows: list[tuple[str, ...]] = []
    for key, entry in sorted(declared.items()):
        default = f"`{json.dumps(entry['default'])}`" if "default" in entry else "required"
        rows.append((f"`{key}`", entry["type"], default, " ".join(entry.get("description", "").split())))
    return table(("key", "type", "default", "meaning"), rows)
