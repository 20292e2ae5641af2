"""The index of docs/decisions, from the heading of each file."""

from __future__ import annotations

from contract.paths import PROJECT
from tools.docs.blocks import table

FOLDER = PROJECT / "docs" / "decisions"


def decisions() -> str:
    """A row for each decision, in the order of their numbers."""
    rows: list[tuple[str, ...]] = []
    for file in sorted(FOLDER.glob("[0-9]*.md")):
        number, _, title = file.read_text("utf-8").partition("\n")[0].removeprefix("# ").partition(". ")
        rows.append((number, f"[{title}]({file.name})"))
    return table(("number", "decision"), rows)
