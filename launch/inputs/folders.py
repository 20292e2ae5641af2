"""Options of the form NAME=FOLDER."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import click


def folders(given: Sequence[str], *, known: Collection[str], option: str) -> dict[str, Path]:
    """Return name and folder of each; the folder need not exist. Raises UsageError for an unknown or repeated name."""
    found: dict[str, Path] = {}
    for each in given:
        name, separator, folder = each.partition("=")
        if not separator or not folder.strip() or "\0" in each:
            raise click.UsageError(f"{option} {each!r} is not of the form NAME=FOLDER.")
        if name not in known:
            raise click.UsageError(f"{option} names {name!r}; known are {', '.join(known)}.")
        if name in found:
            raise click.UsageError(f"{option} names {name!r} twice.")
        found[name] = Path(folder)
    return found
