"""Find the Workers that a change touches: those whose module differs from production's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from contract.resource_types import WORKERS_SCRIPT
from contract.workers import MODULES, version, version_of


def touched(resources: Iterable[Mapping[str, Any]], folder: Path) -> tuple[str, ...]:
    """Compare production's state with the checkout's workers/; a Worker that production lacks counts as touched."""
    deployed = {
        str(each["inputs"]["scriptName"]): version_of(str(each["inputs"].get("content", "")))
        for each in resources
        if each["type"] == WORKERS_SCRIPT and each.get("inputs")
    }
    return tuple(name for name, module in MODULES.items() if deployed.get(name) != version(folder / module))
