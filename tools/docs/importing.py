"""The Neon project's entry in an import file, with the versions that the program itself requests."""

from __future__ import annotations

import json

from components.sdk import neon
from contract.plugins import BRIDGE, BRIDGE_VERSION


def neon_import() -> str:
    """The lines that replace the entry's `version`, as a block of JSON."""
    parameterization = {
        "pluginName": BRIDGE,
        "pluginVersion": BRIDGE_VERSION,
        "value": neon.parameter(),
    }
    written = json.dumps({"version": neon.VERSION, "parameterization": parameterization}, indent=2)
    return f"```json\n{written}\n```"
