"""The table of `launch` verbs, read from the command line itself."""

from __future__ import annotations

import click

from docs.blocks import table
from launch.cli import main


def _rows(group: click.Group, path: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            rows += _rows(command, f"{path} {name}")
        else:
            options = " ".join(f"`{option.opts[-1]}`" for option in command.params if isinstance(option, click.Option))
            rows.append((f"`{path} {name}`", command.get_short_help_str(limit=200), options))
    return rows


def commands() -> str:
    """A Markdown table: verb, what it does, its options."""
    return table(("command", "what it does", "options"), _rows(main, "launch"))
