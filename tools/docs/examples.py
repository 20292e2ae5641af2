"""The tested examples of the application's package, as blocks of TypeScript."""

from __future__ import annotations

from pathlib import Path

from contract.paths import PROJECT
from tools.docs.blocks import Generator

FOLDER = PROJECT / "packages" / "application" / "examples"


def examples() -> dict[str, Generator]:
    """Return a generator for each example, named `example-` and the file's name with dashes."""
    return {f"example-{path.stem.replace('_', '-')}": _block(path) for path in sorted(FOLDER.glob("*.ts"))}


def _block(path: Path) -> Generator:
    return lambda: f"```ts\n{path.read_text().strip()}\n```"
