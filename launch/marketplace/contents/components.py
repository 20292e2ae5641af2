"""Skills, commands and agents: their places, spelling and front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import yaml

from launch.marketplace.contents.checkout import Checkout
from launch.marketplace.issues import Issue, Level

_FOLDERS = ("skills", "commands", "agents", "hooks")
_SKILL = "SKILL.md"
_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*$", re.MULTILINE | re.DOTALL)


def issues(checkout: Checkout) -> Iterator[Issue]:
    """Yield components that Claude Code could not load, or would load under another name."""
    for name in checkout.files:
        parts = PurePosixPath(name).parts
        first = parts[0].lower()
        if len(parts) > 1 and first in _FOLDERS and parts[0] != first:
            yield Issue("COMPONENT_NAME", Level.BLOCK, name, "its folder is misspelt", f"Name it {first}.")
        elif first == "skills" and parts[-1].lower() == _SKILL.lower() and parts[-1] != _SKILL:
            yield Issue("COMPONENT_NAME", Level.BLOCK, name, "is misspelt", f"Name it {_SKILL}.")
        elif _component(parts) and not checkout.path(name).is_symlink():
            yield from _front_matter(name, checkout.text(name))


def _component(parts: tuple[str, ...]) -> bool:
    if len(parts) < 2 or not parts[-1].endswith(".md"):
        return False
    return parts[0] in ("commands", "agents") or (parts[0] == "skills" and parts[-1] == _SKILL)


def _front_matter(name: str, text: str) -> Iterator[Issue]:
    found = _FRONT.match(text)
    if found is None:
        fix = "Begin the file with --- and a description."
        yield Issue("FRONT_MATTER", Level.WARN, name, "has no front matter at its beginning", fix)
        return
    try:
        document = yaml.safe_load(found[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        yield Issue("FRONT_MATTER", Level.BLOCK, name, "its front matter is not YAML", "Correct it; quote its texts.")
        return
    description = document.get("description") if isinstance(document, dict) else None
    if description is None:
        yield Issue("FRONT_MATTER", Level.WARN, name, "has no description", "Write one.")
    elif not isinstance(description, str):
        yield Issue("FRONT_MATTER", Level.BLOCK, name, "its description is not text", "Write one line of text.")
