"""The table of configuration keys, read from the typed config block of Pulumi.yaml."""

from __future__ import annotations

import json

import yaml

from contract.paths import PROJECT
from tools.docs.blocks import table

_CONFIGURATION = PROJECT / "Pulumi.yaml"


def configuration() -> str:
    """Return a Markdown table: key, type, default, meaning."""
    declared = yaml.safe_load(_CONFIGURATION.read_text())["config"]
    rows: list[tuple[str, ...]] = []
    for key, entry in sorted(declared.items()):
        default = f"`{json.dumps(entry['default'])}`" if "default" in entry else "required"
        rows.append((f"`{key}`", entry["type"], default, " ".join(entry.get("description", "").split())))
    return table(("key", "type", "default", "meaning"), rows)
