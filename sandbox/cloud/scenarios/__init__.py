"""The sandbox's initial states: a YAML file with the sections cloudflare, vercel and neon, or a twin's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from contract.twin import DATABASE
from sandbox.cloud.scenarios import twin
from sandbox.cloud.vercel.projects import SETTINGS
from sandbox.state import Document, Store

_FOLDER = Path(__file__).parent
VARIABLE = "LAUNCH_SANDBOX_SCENARIO"
"""The environment variable that names the scenario of a new sandbox."""
DEFAULT = "empty"
SECTIONS = ("cloudflare", "vercel", "neon")
_DEFAULTS: dict[str, Document] = {"vercel.projects": SETTINGS}
"""Default fields of a collection's documents; the scenario's own fields override them."""


class ScenarioError(Exception):
    """The scenario does not exist, or its file is invalid."""


def known(name: str) -> bool:
    """Return whether a scenario has this name, or a folder of this path contains a twin."""
    return name in names() or twin.is_twin(name)


def names() -> list[str]:
    """Return the names of all scenarios."""
    return sorted(file.stem for file in _FOLDER.glob("*.yaml"))


def load(name: str) -> dict[str, dict[str, Any]]:
    """Return the scenario's sections, empty ones included. Raises ScenarioError."""
    if twin.is_twin(name):
        try:
            return twin.load(name)
        except twin.TwinError as error:
            raise ScenarioError(str(error)) from error
    if name not in names():
        raise ScenarioError(f"there is no scenario {name!r}; the scenarios are {', '.join(names())}")
    content = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text())
    unknown = set(content) - set(SECTIONS)
    if unknown:
        raise ScenarioError(f"{name}.yaml: unknown sections {', '.join(sorted(unknown))}")
    return {section: content.get(section) or {} for section in SECTIONS}


def apply(store: Store, section: dict[str, dict[str, Document]], vendor: str) -> None:
    """Replace a vendor's documents in the store with a scenario's section: collection -> id -> document."""
    with store.transaction():
        store.clear(f"{vendor}.")
        for collection, documents in section.items():
            defaults = _DEFAULTS.get(f"{vendor}.{collection}", {})
            for id_, document in documents.items():
                store.put(f"{vendor}.{collection}", str(id_), defaults | document)


def bind(store: Store) -> None:
    """Replace the placeholder for the scenario's database in environments with the database's URL.

    The URL exists only once Neon has generated the host name and the password. A scenario without a database keeps the
    placeholder.
    """
    if not store.find("neon.databases"):
        return
    for variable in store.find("vercel.env", value=DATABASE):
        store.put("vercel.env", variable["id"], variable | {"value": _database_url(store)})
    for deployment in store.find("vercel.deployments"):
        values = {key: _database_url(store) if value == DATABASE else value for key, value in deployment["env"].items()}
        store.put("vercel.deployments", deployment["id"], deployment | {"env": values})


def _database_url(store: Store) -> str:
    """Return the URL that Neon's console shows for the first project: its owner, through the pooler."""
    endpoint = store.find("neon.endpoints")[0]
    database = store.find("neon.databases", branch_id=endpoint["branch_id"])[0]
    role = store.find("neon.roles", branch_id=endpoint["branch_id"], name=database["owner_name"])[0]
    name, _, domain = endpoint["host"].partition(".")
    return f"postgresql://{role['name']}:{role['_password']}@{name}-pooler.{domain}/{database['name']}?sslmode=require"
