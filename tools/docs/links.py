"""Finds dead links: every relative link and anchor of the Markdown files must have a target."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub derives from headings: lower case, punctuation dropped, spaces as hyphens."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def dead_links(root: Path, files: list[Path]) -> list[str]:
    """Return one sentence for each dead relative link. Web addresses are not checked."""
    findings = []
    for file in files:
        for target in _LINK.findall(_FENCE.sub("", file.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = unquote(target).partition("#")
            destination = (file.parent / path).resolve() if path else file
            where = f"{file.relative_to(root)}: the link {target}"
            if not destination.exists():
                findings.append(f"{where} leads to a missing file")
            elif anchor and destination.suffix == ".md" and anchor not in anchors(destination.read_text()):
                findings.append(f"{where} names a missing heading")
    return findings
