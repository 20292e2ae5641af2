"""Starting points of the sandbox, one YAML file each with the sections cloudflare, vercel and neon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sandbox.cloud.store import Store

_FOLDER = Path(__file__).parent
SECTIONS = ("cloudflare", "vercel", "neon")


class ScenarioError(Exception):
    """There is no such scenario, or its file is wrong."""


def names() -> list[str]:
    """The scenarios there are."""
    return sorted(file.stem for file in _FOLDER.glob("*.yaml"))


def load(name: str) -> dict[str, dict[str, Any]]:
    """The scenario's sections; each is present. Raises ScenarioError."""
    if name not in names():
        raise ScenarioError(f"there is no scenario {name!r}; there are {', '.join(names())}")
    content = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text())
    unknown = set(content) - set(SECTIONS)
    if unknown:
        raise ScenarioError(f"{name}.yaml: unknown sections {', '.join(sorted(unknown))}")
    return {section: content.get(section) or {} for section in SECTIONS}


def apply(store: Store, name: str, vendor: str) -> None:
    """Replace everything that the store knows of a vendor by the scenario's section: collection -> id -> document."""
    with store.transaction():
        store.clear(f"{vendor}.")
        for collection, documents in load(name)[vendor].items():
            for id_, document in documents.items():
                store.put(f"{vendor}.{collection}", str(id_), document)
