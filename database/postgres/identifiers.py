"""Names as SQL writes them, always quoted, because any name may be a keyword."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def name(identifier: str) -> str:
    """`identifier` in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def relation(identifier: str) -> str:
    """A relation of schema public."""
    return f"public.{name(identifier)}"


def literal(text: str) -> str:
    """`text` as a string constant."""
    return "'" + text.replace("'", "''") + "'"


def unquoted(text: str) -> str:
    """`text` with each quoted name blanked out, at the same length. What remains is SQL syntax."""
    return _QUOTED.sub(lambda quoted: '"' * len(quoted.group()), text)


def halves(text: str, separator: str) -> tuple[str, str]:
    """The parts before and after the last `separator` outside of quoted names. Raises ValueError if there is none."""
    at = unquoted(text).rindex(separator)
    return text[:at], text[at + len(separator) :]


def in_public(spelled: str) -> str:
    """An object of schema public, given by PostgreSQL's own spelling of its name or signature (quoted as needed)."""
    return f"public.{spelled}"
