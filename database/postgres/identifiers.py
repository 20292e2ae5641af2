"""Names spelled as in SQL, always quoted, because any name may be a keyword."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"(?:[^"]|"")*"')


def name(identifier: str) -> str:
    """Return `identifier` in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def relation(identifier: str) -> str:
    """Return the quoted name of a relation of schema public."""
    return f"public.{name(identifier)}"


def literal(text: str) -> str:
    """Return `text` as a string constant."""
    return "'" + text.replace("'", "''") + "'"


def unquoted(text: str) -> str:
    """Return `text` with each quoted name blanked out, at the same length. Only SQL syntax remains."""
    return _QUOTED.sub(lambda quoted: '"' * len(quoted.group()), text)


def halves(text: str, separator: str) -> tuple[str, str]:
    """Return the parts around the last `separator` outside quoted names. Raises ValueError if there is none."""
    at = unquoted(text).rindex(separator)
    return text[:at], text[at + len(separator) :]


def in_public(spelled: str) -> str:
    """Qualify an object of schema public, given by PostgreSQL's own spelling of its name or signature."""
    return f"public.{spelled}"
