"""A plugin's folder that follows every rule, for tests to break one of them."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path
from typing import Any

from launch.marketplace import Listing
from launch.marketplace.render import manifest

LISTING = Listing.read()
LISA = LISTING.plugin("lisa")


def good(folder: Path) -> Path:
    """Return the folder with its files."""
    write(folder, ".claude-plugin/plugin.json", json.dumps(document()))
    write(folder, "README.md", "# Lisa\n\n" + "It reads the history of a repository and says what it was for. " * 5)
    write(folder, "LICENSE", "MIT")
    write(folder, "commands/discover.md", "---\ndescription: Learn the project.\n---\n\nRead it.\n")
    write(folder, "skills/memory/SKILL.md", "---\nname: memory\ndescription: What is known.\n---\n\nWrite it.\n")
    write(folder, "hooks/hooks.json", json.dumps({"hooks": {"SessionStart": [{"hooks": [HOOK]}]}}))
    write(folder, "hooks/start.sh", "#!/bin/sh\necho started\n")
    (folder / "icon.png").write_bytes(png(512, 512))
    return folder


HOOK = {"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/hooks/start.sh"}


def document(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- as JSON has it
    """Return the manifest; None removes a key."""
    whole = {**manifest(LISTING, LISA), "version": "1.0.0", "icon": "./icon.png", **changes}
    return {key: value for key, value in whole.items() if value is not None}


def write(folder: Path, name: str, content: str | bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def png(width: int, height: int) -> bytes:
    """Return an empty picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (height * (1 + (width + 7) // 8)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
