"""Names as SQL writes them; always quoted, since any name may be a keyword."""

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
    """`text` with each quoted name blotted out, of the same length: what is left in it is SQL's own."""
    return _QUOTED.sub(lambda quoted: '"' * len(quoted.group()), text)


def halves(text: str, separator: str) -> tuple[str, str]:
    """What stands before and after the last `separator` outside of quoted names. Raises ValueError without."""
    at = unquoted(text).rindex(separator)
    return text[:at], text[at + len(separator) :]


def in_public(spelled: str) -> str:
    """Something of schema public by PostgreSQL's own spelling of its name or signature, quoted where it must be."""
    return f"public.{spelled}"
