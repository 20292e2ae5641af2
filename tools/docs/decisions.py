"""The index of docs/decisions, from the heading of each file."""

from __future__ import annotations

from contract.paths import PROJECT
from tools.docs.blocks import table

FOLDER = PROJECT / "docs" / "decisions"


def decisions() -> str:
    """A row for each decision, in the order of their numbers."""
    files = sorted(FOLDER.glob("[0-9]*.md"))
    headings = ((file, *file.read_text("utf-8").partition("\n")[0].removeprefix("# ").split(". ", 1)) for file in files)
    return table(("number", "decision"), [(number, f"[{title}]({file.name})") for file, number, title in headings])
