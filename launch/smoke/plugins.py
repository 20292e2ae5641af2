"""Check that a folder is the plugin that a test wants: a missing command would look like a bad one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from launch.report import UncheckedError
from launch.smoke.matrix import Test


def manifest(folder: Path, test: Test) -> dict[str, Any]:
    """Return the plugin's manifest. Raises UncheckedError with the reason why the test is not run."""
    path = folder / ".claude-plugin" / "plugin.json"
    give = f"Give its folder: --plugin {test.plugin}=FOLDER."
    try:
        found = json.loads(path.read_bytes())
    except OSError:
        raise UncheckedError(f"{folder} is not a plugin: it has no .claude-plugin/plugin.json", give) from None
    except (ValueError, RecursionError):
        raise UncheckedError(f"{path} is not JSON", "Correct it.") from None
    name = found.get("name") if isinstance(found, dict) else None
    if not isinstance(found, dict) or name != test.plugin:
        raise UncheckedError(f"{folder} is the plugin {name!r}, not {test.plugin!r}", give)
    if not _has_command(folder, found, test.command.partition(":")[2]):
        raise UncheckedError(f"{test.plugin} in {folder} has no command {test.command}", "Check out another commit.")
    return found


def _has_command(folder: Path, found: dict[str, Any], name: str) -> bool:
    places = [folder / "commands" / f"{name}.md", folder / "skills" / name / "SKILL.md"]
    named = found.get("commands")
    for each in [named] if isinstance(named, str) else named if isinstance(named, list) else ():
        if isinstance(each, str):
            places += [folder / each, folder / each / f"{name}.md"]
    return any(place.is_file() and (place.stem == name or place.parent.name == name) for place in places)
