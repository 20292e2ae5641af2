"""Names as SQL writes them; always quoted, since any name may be a keyword."""

from __future__ import annotations


def name(identifier: str) -> str:
    """`identifier` in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'


def relation(identifier: str) -> str:
    """A relation of schema public."""
    return f"public.{name(identifier)}"


def function_signature(signature: str) -> str:
    """A function of schema public from PostgreSQL's own spelling of its signature, which is quoted already."""
    return f"public.{signature}"
