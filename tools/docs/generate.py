"""Renews every generated block of the Markdown files, or with `--check` reports stale ones; always reports dead links.

Usage: `python -m tools.docs.generate [--check]`. Exit code 2 if a block is stale or a link is dead.
"""

from __future__ import annotations

import sys
from pathlib import Path

from contract.paths import PROJECT
from tools.docs.blocks import refresh
from tools.docs.commands import commands
from tools.docs.configuration import configuration
from tools.docs.decisions import decisions
from tools.docs.examples import examples
from tools.docs.links import dead_links
from tools.docs.topology import picture

GENERATORS = {
    "commands": commands,
    "configuration": configuration,
    "decisions": decisions,
    "picture": picture,
    **examples(),
}


def documents(root: Path) -> list[Path]:
    """Return the Markdown files for people: at the top, in docs/, sql/, workers/ and packages/."""
    places = ["*.md", "docs/**/*.md", "sql/**/*.md", "workers/*.md", "workers/*/*.md", "packages/*/*.md"]
    return sorted(file for place in places for file in root.glob(place) if "node_modules" not in file.parts)


def main(arguments: list[str]) -> int:
    """Renew or check, and return the exit code."""
    findings = []
    for file in documents(PROJECT):
        text = file.read_text()
        renewed = refresh(text, GENERATORS)
        if renewed == text:
            continue
        if "--check" in arguments:
            findings.append(f"{file.relative_to(PROJECT)}: generated parts are stale; run `make docs`")
        else:
            file.write_text(renewed)
            print(f"renewed {file.relative_to(PROJECT)}")
    findings += dead_links(PROJECT, documents(PROJECT))
    for finding in findings:
        print(finding, file=sys.stderr)
    return 2 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
