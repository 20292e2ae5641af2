"""Generated blocks: the text between `<!-- generated: NAME -->` and `<!-- end -->` belongs to the generator NAME."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Generator = Callable[[], str]

_BLOCK = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


class UnknownGeneratorError(Exception):
    """A file names a generator that does not exist; the message lists the existing ones."""


def refresh(text: str, generators: Mapping[str, Generator]) -> str:
    """Return the text with every generated block renewed.

    Raises UnknownGeneratorError for a block without a generator.
    """

    def renew(block: re.Match[str]) -> str:
        generator = generators.get(block["name"])
        if generator is None:
            known = ", ".join(sorted(generators))
            raise UnknownGeneratorError(f"There is no generator {block['name']}. The generators are: {known}.")
        return f"{block[1]}{generator().strip()}\n{block[3]}"

    return _BLOCK.sub(renew, text)


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a Markdown table; vertical bars in cells are escaped."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
