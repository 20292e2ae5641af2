"""The table of `launch` verbs, read from the command line itself."""

from __future__ import annotations

import click

from launch.cli import launch
from tools.docs.blocks import table


def _rows(group: click.Group, path: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            rows += _rows(command, f"{path} {name}")
        elif command is not None:
            options = [option.opts[-1] for option in command.params if isinstance(option, click.Option)]
            words = " ".join(f"`{option}`" for option in options)
            rows.append((f"`{path} {name}`", command.get_short_help_str(limit=200), words))
    return rows


def commands() -> str:
    """Return a Markdown table: verb, purpose, options."""
    return table(("command", "what it does", "options"), _rows(launch, "launch"))
