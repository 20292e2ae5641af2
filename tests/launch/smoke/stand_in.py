"""A stand-in for Claude Code: `stand_in.py COMMAND PLUGIN` runs the plugin's act.py, and prints a result."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

RESULT = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "result": "Done.",
    "total_cost_usd": 0.25,
    "permission_denials": [],
}


def main() -> None:
    command, plugin = sys.argv[1:]
    acted = runpy.run_path(str(Path(plugin) / "act.py"))["act"](command)
    if isinstance(acted, str):
        sys.stdout.write(acted)
    else:
        changes, code = acted or ({}, 0)
        print(json.dumps({**RESULT, **changes}))
        sys.exit(code)


if __name__ == "__main__":
    main()
