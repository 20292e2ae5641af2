"""Which Workers a change touches: those whose module is another than the one that production runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from contract.resource_types import WORKERS_SCRIPT
from contract.workers import MODULES, version, version_of


def touched(resources: Iterable[Mapping[str, Any]], folder: Path) -> tuple[str, ...]:
    """From the resources of production's state and the checkout's workers/; one that production lacks is touched."""
    deployed = {
        str(each["inputs"]["scriptName"]): version_of(str(each["inputs"].get("content", "")))
        for each in resources
        if each["type"] == WORKERS_SCRIPT and each.get("inputs")
    }
    return tuple(name for name, module in MODULES.items() if deployed.get(name) != version(folder / module))
